"""What account managers and supervisors can do in WeCom."""
