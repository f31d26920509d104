"""What we fetch from publishers and what we publish for others to fetch: places on disk, and limits."""

from datetime import timedelta
from pathlib import Path

from config.settings.apps import BASE_DIR
from config.settings.environment import DEBUG, number, text
from config.settings.security import ALLOWED_HOSTS

FEED_FOLDER = Path(text("FEED_FOLDER", str(BASE_DIR / ".data" / "feeds")))
"""Where the last version of each fetched file lies, for the next conditional request; may be lost."""
FEED_PORTS = frozenset({80, 443})
"""The only ports that a publisher's address may name."""
FEED_TEST_SERVERS: frozenset[str] = frozenset()
"""Servers ("host:port") that tests start on this machine; never set by the environment."""
FEED_HORIZON = timedelta(weeks=number("FEED_HORIZON_WEEKS", 53))
"""How far ahead times are read."""
FEED_FILE_BYTES_MAX = number("FEED_FILE_BYTES_MAX", 100_000_000)
"""How large a file may be as it is sent."""
FEED_FILE_UNPACKED_MAX = number("FEED_FILE_UNPACKED_MAX", 500_000_000)
"""How large it may be unpacked: what no honest file is stops a bomb."""
FEED_CONNECT_SECONDS = 5
FEED_READ_SECONDS = 20
FEED_POLL_SECONDS = 300
"""How long one poll may last, all its files together."""
FEED_POLLS_AT_ONCE = 20
"""How many polls the schedule starts each time it looks for feeds that are due."""
FEED_LEASE = timedelta(minutes=15)
"""How long a feed is left alone when the one that polled it never came back."""

PUBLIC_URL = text(
    "PUBLIC_URL",
    f"http://localhost:{number('PORT', 8000)}"
    if DEBUG
    else f"https://{(ALLOWED_HOSTS or [''])[0]}",
)
"""Where people find the product, for links in what others fetch; without a slash at the end."""
PUBLICATION_FOLDER = Path(text("PUBLICATION_FOLDER", str(BASE_DIR / ".data" / "publication")))
"""Where the published files lie; web processes on several machines need it shared."""
PUBLICATION_EVERY = timedelta(minutes=number("PUBLICATION_MINUTES", 5))
"""How often the country's times are written anew for others to fetch."""
PUBLICATION_GRACE = timedelta(hours=1)
"""How long a file can be fetched after the manifest has stopped naming it."""
