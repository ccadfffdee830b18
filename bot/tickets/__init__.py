"""Complaints: taking them down, their states, their numbers, their due times."""
