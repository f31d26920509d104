"""How a message leaves: its kinds, when it may be sent, what it says, and who carries it."""
