"""Everything that leaves the house: the outbox, the policy, the ladder, the sending and its records."""
