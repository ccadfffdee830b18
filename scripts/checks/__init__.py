"""What `scripts.check_knowledge` looks for, one module a kind of finding."""
