"""The demo: its people and how they are loaded."""
