"""Files with times: opened with care, read row by row, and the template that they are written in."""
