"""`make drill`: the real product under load while its parts are killed and cut off; then who lost what."""
