"""Fault injection: every part of the program is killed at random under load, and what was lost is counted."""
