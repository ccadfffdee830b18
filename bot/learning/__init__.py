"""Learning from what customers ask: what could not be answered is kept, asked of people, and becomes knowledge."""
