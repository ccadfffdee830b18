"""The transports: how words reach us from WeChat and WeCom, and how ours reach people there."""
