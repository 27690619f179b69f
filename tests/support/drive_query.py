"""The two small languages of the Drive API: `q`, which files are listed, and `fields`, what is said of them."""

import re

from drive_errors import Refusal, invalid_value

TOKEN = re.compile(r"""\s*(?:(?P<text>'(?:[^'\\]|\\['\\])*')|(?P<op>!=|<=|>=|[=<>(){}])|(?P<word>[A-Za-z]+))""")
TEXT_OPERATORS = {"name": {"=", "!=", "contains"}, "mimeType": {"=", "!=", "contains"},
                  "modifiedTime": {"=", "!=", "<", "<=", ">", ">="}, "createdTime": {"=", "!=", "<", "<=", ">", ">="}}
COMPARE = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
           ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
PERSON = dict.fromkeys("kind displayName photoLink me permissionId emailAddress".split())
FILE = dict.fromkeys(
    "kind driveId fileExtension copyRequiresWriterPermission md5Checksum writersCanShare viewedByMe mimeType parents "
    "thumbnailLink iconLink shared headRevisionId webViewLink webContentLink size viewersCanCopyContent hasThumbnail "
    "spaces folderColorRgb id name description starred trashed explicitlyTrashed createdTime modifiedTime "
    "modifiedByMeTime viewedByMeTime sharedWithMeTime quotaBytesUsed version originalFilename ownedByMe "
    "fullFileExtension isAppAuthorized teamDriveId hasAugmentedPermissions thumbnailVersion trashedTime modifiedByMe "
    "permissionIds resourceKey sha1Checksum sha256Checksum inheritedPermissionsDisabled".split())
FILE |= {"owners": PERSON, "lastModifyingUser": PERSON, "sharingUser": PERSON, "trashingUser": PERSON}
FILE |= dict.fromkeys(("properties", "appProperties", "exportLinks", "permissions", "imageMediaMetadata",
                       "videoMediaMetadata", "contentHints", "shortcutDetails", "contentRestrictions",
                       "linkShareMetadata", "labelInfo", "downloadRestrictions"), "any")
FILE["capabilities"] = dict.fromkeys(("canAddChildren", "canEdit", "canDelete", "canDownload", "canListChildren"))
LIST = {"kind": None, "nextPageToken": None, "incompleteSearch": None, "files": FILE}
ABOUT = {"kind": None, "user": PERSON,
         "storageQuota": dict.fromkeys(("limit", "usage", "usageInDrive", "usageInDriveTrash")),
         "maxUploadSize": None, "appInstalled": None, "canCreateDrives": None}
IDS = {"kind": None, "space": None, "ids": None}


ORDERS = set("createdTime folder modifiedByMeTime modifiedTime name name_natural quotaBytesUsed recency "
             "sharedWithMeTime starred viewedByMeTime".split())


class Query:
    """matches(view), where view gives the values of a file: its names as in the API.

    needs_index: it asks for what Drive looks up in an index that comes later than the file; parents and types are
    known at once."""

    def __init__(self, text):
        self.tokens, self.parents, self.needs_index = [], [], False
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if not found:
                raise invalid_value("q")
            at = found.end()
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
        self.tokens.append(("end", ""))
        self.matches = self._any() if len(self.tokens) > 1 else lambda view: True
        self._take("end")

    def _next(self, kind, value=None):
        return self.tokens[0][0] == kind and value in (None, self.tokens[0][1])

    def _take(self, kind, *values):
        if not self._next(kind) or (values and self.tokens[0][1] not in values):
            raise invalid_value("q")
        value = self.tokens.pop(0)[1]
        return re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "text" else value

    def _any(self):
        terms = [self._all()]
        while self._next("word", "or"):
            self._take("word")
            terms.append(self._all())
        return lambda view: any(term(view) for term in terms)

    def _all(self):
        terms = [self._term()]
        while self._next("word", "and"):
            self._take("word")
            terms.append(self._term())
        return lambda view: all(term(view) for term in terms)

    def _term(self):
        if self._next("word", "not"):
            self._take("word")
            term = self._term()
            return lambda view: not term(view)
        if self._next("op", "("):
            self._take("op")
            term = self._any()
            self._take("op", ")")
            return term
        if self._next("text"):
            return self._in()
        name = self._take("word")
        self.needs_index |= name in ("name", "appProperties", "properties")
        if name in ("appProperties", "properties"):
            return self._has(name)
        if name in ("trashed", "starred"):
            operator, value = self._take("op", "=", "!="), self._take("word", "true", "false") == "true"
            return lambda view: (bool(view.get(name)) == value) == (operator == "=")
        if name not in TEXT_OPERATORS:
            raise invalid_value("q")
        operator = self.tokens[0][1]
        if operator not in TEXT_OPERATORS[name]:
            raise invalid_value("q")
        self.tokens.pop(0)
        value = self._take("text")
        if operator == "contains":
            return lambda view: contains(name, view[name], value)
        return lambda view: COMPARE[operator](view[name], value)

    def _in(self):
        value = self._take("text")
        self._take("word", "in")
        name = self._take("word", "parents", "owners", "writers", "readers")
        if name == "parents":
            self.parents.append(value)
            return lambda view: value in view["aliases"]
        return lambda view: value in view[name]

    def _has(self, name):
        self._take("word", "has")
        self._take("op", "{")
        self._take("word", "key")
        self._take("op", "=")
        key = self._take("text")
        self._take("word", "and")
        self._take("word", "value")
        self._take("op", "=")
        value = self._take("text")
        self._take("op", "}")
        return lambda view: view.get(name, {}).get(key) == value


def ordered(views, text):
    """As orderBy says: "createdTime desc,name"."""
    for word in reversed(text.split(",")):
        found = re.fullmatch(r"\s*(\w+)( desc)?\s*", word)
        if not found or found[1] not in ORDERS:
            raise invalid_value("orderBy")
        views = sorted(views, key=lambda view, by=found[1]: str(view.get(by, "")), reverse=bool(found[2]))
    return views


def contains(name, text, part):
    """Of a name, beginnings of words alone."""
    if name != "name":
        return part.lower() in text.lower()
    begins = [0, *(found.end() for found in re.finditer(r"[\s_.-]", text))]
    return any(text[at:].lower().startswith(part.lower()) for at in begins)


def select(value, fields, schema, usual):
    """The value as `fields` asks, or its usual fields."""
    mask = parse_fields(usual if fields is None else fields)
    check_fields(mask, schema, "")
    return cut(value, mask)


def parse_fields(text):
    """{name: mask, or {} for all of it}"""
    words = re.findall(r"[^\s,()/]+|[,()/]", text)
    mask = parse_list(words)
    if words:
        raise Refusal("invalidParameter", f"Invalid field selection {text}", 400, "fields")
    return mask


def parse_list(words):
    mask = {}
    while words and words[0] not in ",()/":
        name, inner = words.pop(0), {}
        if words and words[0] == "/":
            words.pop(0)
            inner = parse_one(words)
        elif words and words[0] == "(":
            words.pop(0)
            inner = parse_list(words)
            if not words or words.pop(0) != ")" or not inner:
                raise Refusal("invalidParameter", f"Invalid field selection {name}", 400, "fields")
        mask.setdefault(name, {}).update(inner)
        if not words or words[0] != ",":
            break
        words.pop(0)
    return mask


def parse_one(words):
    rest = []
    depth = 0
    while words and (depth or words[0] not in ",)"):
        depth += {"(": 1, ")": -1}.get(words[0], 0)
        rest.append(words.pop(0))
    if not rest:
        raise Refusal("invalidParameter", "Invalid field selection", 400, "fields")
    return parse_list(rest)


def check_fields(mask, schema, path):
    for name, inner in mask.items():
        if schema == "any" or name == "*":
            continue
        if schema is None or name not in schema:
            raise Refusal("invalidParameter", f"Invalid field selection {path or name}", 400, "fields")
        check_fields(inner, schema[name], name)


def cut(value, mask):
    if isinstance(value, list):
        return [cut(each, mask) for each in value]
    if not isinstance(value, dict) or "*" in mask:
        return value
    return {name: cut(value[name], inner) if inner else value[name] for name, inner in mask.items() if name in value}
