"""How the API reads a JSON body. The framework asks for it by name while it is itself being imported."""

import json
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from providers.errors import BodyTooLarge


class TextParser(JSONParser):
    """JSON whose text can be written down again: half a character (a lone surrogate) is refused."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        """The body as values; raises ParseError, for one that is nested too deep too, or BodyTooLarge."""
        content = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge(most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        try:
            data = super().parse(BytesIO(content), *args, **kwargs)
            json.dumps(data, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise ParseError from error
        return data
