"""The intake: the five-second contract. Each message is acknowledged only when it is kept, done once and in its order.

Acknowledge, deduplicate, order by person, batch, deadline, replay, durable inbound; the conversation itself is
`bot.dialogue`.
"""
