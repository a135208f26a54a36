"""The guard's inside: letters made plain (`plain`), patterns found (`finding`), the learned
opinion on insults (`learned`). Pure: text and lexicon in, findings out."""
