"""Chunked bodies as they come (RFC 9112, section 7.1), for the tools that read sockets themselves."""


class ChunkedDecoder:
    """Takes a body's bytes in any pieces and gives back the content; strict, since it judges what a proxy sends."""

    def __init__(self):
        self.ended = False
        self._pending = b""  # part of a line
        self._left = 0  # of the chunk's content
        self._in_chunk = self._in_trailer = False

    def feed(self, data: bytes) -> list[bytes]:
        """The pieces of content in `data`; raises ValueError when it is not chunked as it should be."""
        if self._pending:
            data, self._pending = self._pending + data, b""
        content, position = [], 0
        while position < len(data):
            if self.ended:
                raise ValueError("bytes after the last chunk")
            if self._left:
                piece = data[position : position + self._left]
                content.append(piece)
                position += len(piece)
                self._left -= len(piece)
                continue
            end = data.find(b"\r\n", position)
            if end < 0:
                if len(data) - position > 1024:
                    raise ValueError("a line of a chunk is too long")
                self._pending = data[position:]
                break
            line, position = data[position:end], end + 2
            if self._in_chunk:
                if line:
                    raise ValueError("a chunk is longer than it said")
                self._in_chunk = False
            elif self._in_trailer:
                self.ended = not line
            elif size := int(line.partition(b";")[0], 16):
                self._left, self._in_chunk = size, True
            else:
                self._in_trailer = True
        return content
