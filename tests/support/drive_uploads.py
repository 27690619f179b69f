"""The three ways by which content comes: plain, multipart, and resumable in sessions."""

import json
import re
import secrets

from drive_errors import Answer, PlainRefusal, Refusal

UNIT = 256 * 1024  # of all parts of a resumable upload but the last
MULTIPART = 5 * 1024 * 1024
BOUNDARY = re.compile(r"""multipart/related\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([\w'()+,./:=?-]{1,70}))""",
                      re.IGNORECASE | re.ASCII)
RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


def read_json(body, content_type):
    """The metadata: an object, in UTF-8."""
    kind = (content_type or "").split(";")[0].strip().lower()
    if not body and not kind:
        return {}
    if kind != "application/json":
        raise Refusal("badContent", type=kind)
    try:
        meta = json.loads(body.decode()) if body else {}
    except ValueError:
        raise Refusal("parseError") from None
    if not isinstance(meta, dict):
        raise Refusal("parseError")
    return meta


def read_multipart(content_type, body):
    """(metadata, media type, content) as RFC 2387 has it, boundaries by RFC 2046."""
    found = BOUNDARY.match(content_type or "")
    if not found:
        raise PlainRefusal(400, "Multipart must have a boundary: multipart/related; boundary=...")
    line = b"--" + (found[1] or found[2]).encode()
    if not body.startswith(line + b"\r\n"):
        raise PlainRefusal(400, "Malformed multipart body.")
    if not re.search(b"\r\n" + re.escape(line) + rb"--[ \t]*(?:\r\n)?\Z", body):
        raise PlainRefusal(400, "Missing end boundary in multipart body.")
    parts = (b"\r\n" + body).split(b"\r\n" + line)[1:-1]
    if len(parts) != 2:
        raise PlainRefusal(400, f"Invalid multipart request with {len(parts)} mime parts.")
    (meta_headers, meta), (headers, content) = map(read_part, parts)
    if len(content) > MULTIPART:
        raise Refusal("uploadTooLarge")
    return read_json(meta, meta_headers.get("content-type")), headers.get("content-type"), content


def read_part(part):
    if not part.startswith(b"\r\n"):
        raise PlainRefusal(400, "Malformed multipart body.")
    head, gap, content = part[2:].partition(b"\r\n\r\n")
    headers = dict(re.findall(r"(?m)^([!-9;-~]+):[ \t]*(.*?)[ \t]*\r?$", head.decode("latin-1")))
    headers = {name.lower(): value for name, value in headers.items()}
    if not gap or "content-type" not in headers or len(headers) != len(head.split(b"\r\n")):
        raise PlainRefusal(400, "Malformed multipart body.")
    if headers.get("content-transfer-encoding", "binary").lower() not in ("binary", "7bit", "8bit"):
        raise PlainRefusal(400, "Malformed multipart body.")
    return headers, content


class Session:
    """Of a resumable upload.  `commit(content)` makes the file and gives the answer."""

    def __init__(self, commit, size, media_type):
        self.id = secrets.token_urlsafe(48)
        self.commit, self.size, self.media_type = commit, size, media_type
        self.content, self.answer, self.expired = bytearray(), None, False

    def put(self, content_range, body, whole=True):
        """What one PUT brought; not whole: the connection broke in it, and nobody reads the answer."""
        if self.answer:
            return self.answer
        if content_range is None:
            first, last, total = 0, None, None
        else:
            first, last, total = self._range(content_range)
        if first is None:
            return self._finish(total) if whole else None
        if last is not None and whole and len(body) != last - first + 1:
            raise PlainRefusal(400, "Failed to parse Content-Range header.")
        return self._append(first, last, total, body, whole)

    def _range(self, text):
        found = RANGE.fullmatch(text)
        if not found:
            raise PlainRefusal(400, "Failed to parse Content-Range header.")
        first, last, total = (None if each in (None, "*") else int(each) for each in found.groups())
        if first is not None and (last < first or (total is not None and last >= total)):
            raise PlainRefusal(400, "Failed to parse Content-Range header.")
        if None not in (total, self.size) and total != self.size:
            raise self._wrong_size(total)
        return first, last, total

    def _wrong_size(self, total):
        return PlainRefusal(400, f"Invalid request.  The size of the upload is {self.size} byte(s), not {total}.")

    def _append(self, first, last, total, body, whole):
        stored = len(self.content)
        if first > stored:
            raise PlainRefusal(503, f"Invalid request.  According to the Content-Range header, the upload offset is "
                               f"{first} byte(s), which exceeds already uploaded size of {stored} byte(s).")
        final = whole and (last is None or (total is not None and last + 1 == total))
        if last is None and whole:
            total = len(body)
            if self.size not in (None, total):
                raise self._wrong_size(total)
        if whole and not final and len(body) < UNIT:
            raise PlainRefusal(400, "Invalid request.  The number of bytes uploaded is required to be equal or greater "
                               f"than {UNIT}, except for the final request (it's recommended to be the exact multiple "
                               f"of {UNIT}).  The received request contained {len(body)} bytes, which does not meet "
                               "this requirement.")
        end = first + len(body)
        if not final:
            end -= end % UNIT
        if end > stored:
            self.content += body[stored - first:end - first]
        self.size = self.size if total is None else total
        return self._finish(total) if whole else None

    def _finish(self, total):
        if total is not None and self.size is None:
            self.size = total
        if self.size == len(self.content):
            self.answer = self.commit(bytes(self.content))
            return self.answer
        stored = len(self.content)
        return Answer(308, headers={"Range": f"bytes=0-{stored - 1}"} if stored else {})
