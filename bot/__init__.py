"""Tiexin: an assistant in WeChat for VIP customers and their account managers."""

__version__ = "0.1.0"
