"""What wallets tell: Alipay and WeChat Pay, each notice believed for its signature alone.

`configuration.py` reads whose keys we trust; `alipay.py` and `wechat.py` are pure: the bytes that came in,
what the wallet says out, or a `Refusal`; `taking.py` books it through the same door as every other
payment, and keeps what was refused as evidence. docs/money.md says what was not tried.
"""
