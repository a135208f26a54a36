"""How the faces look and speak: one small design system for desk and portal.

Comes in: values of the rooms (money, days, `Words`, the tree of what is owed). Goes out:
pages with one style sheet (`static/look/look.css`: tokens, layers, dark mode, print), one
script (`static/look/look.js`: keys and unfolding, nothing a page could not do without),
icons, and text in the reader's language. Knows no case and no customer. Read `say.py`
first, then `templates/look/base.html`.
"""
