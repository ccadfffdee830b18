"""The knowledge: the one reader of `knowledge/`.

Schema, entries, products, texts, complaint categories and content rules; it knows no database and no platform.
"""
