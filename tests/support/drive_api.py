"""The methods of the API: which request is which, what it may, what it does."""

import base64
import re

from drive_errors import Answer, PlainRefusal, Refusal, invalid_value, not_found, scope_missing
from drive_files import FOLDER
from drive_query import ABOUT, FILE, IDS, LIST, Query, ordered, select
from drive_uploads import MULTIPART, UNIT, Session, read_json, read_multipart

FILES = "/drive/v3/files"
UPLOAD = "/upload" + FILES
WRITE = ("drive", "drive.file")
READ = (*WRITE, "drive.readonly", "drive.metadata", "drive.metadata.readonly")
MEDIA = (*WRITE, "drive.readonly")
USUAL_FILE = "kind,id,name,mimeType"
USUAL_LIST = f"kind,incompleteSearch,nextPageToken,files({USUAL_FILE})"
SYSTEM = {"fields", "alt", "key", "prettyPrint", "quotaUser", "$.xgafv", "access_token", "callback", "upload_protocol"}
ONE = SYSTEM | {"supportsAllDrives", "supportsTeamDrives", "acknowledgeAbuse", "includePermissionsForView",
                "includeLabels", "enforceSingleParent"}
CREATE = ONE | {"uploadType", "upload_id", "keepRevisionForever", "useContentAsIndexableText",
                "ignoreDefaultVisibility", "ocrLanguage"}
PARAMETERS = {
    "files.list": SYSTEM | {"q", "pageSize", "pageToken", "spaces", "corpora", "corpus", "driveId", "orderBy",
                            "includeItemsFromAllDrives", "supportsAllDrives", "includePermissionsForView",
                            "includeLabels", "supportsTeamDrives", "includeTeamDriveItems", "teamDriveId"},
    "files.get": ONE, "files.media": ONE, "files.delete": ONE, "files.create": CREATE,
    "files.update": CREATE | {"addParents", "removeParents"}, "files.generateIds": SYSTEM | {"count", "space", "type"},
    "about.get": SYSTEM,
}
FLAGS = ("supportsAllDrives", "includeItemsFromAllDrives", "keepRevisionForever", "acknowledgeAbuse")


class Api:
    def __init__(self, drive):
        self.drive, self.store = drive, drive.store

    def name_of(self, request):
        """files.list, upload.multipart, upload.start, upload.put, ...; None: there is no such thing."""
        path, method, query = request.path, request.method, request.query
        if path == "/drive/v3/about":
            return "about.get" if method == "GET" else None
        if path == FILES + "/generateIds":
            return "files.generateIds" if method == "GET" else None
        if path == FILES:
            return {"GET": "files.list", "POST": "files.create"}.get(method)
        if re.fullmatch(FILES + "/[^/]+", path):
            media = method == "GET" and query.get("alt") == "media"
            return "files.media" if media else {"GET": "files.get", "PATCH": "files.update",
                                                "DELETE": "files.delete"}.get(method)
        if not re.fullmatch(UPLOAD + "(/[^/]+)?", path):
            return None
        if "upload_id" in query:
            asks = request.headers.get("content-range", "").startswith("bytes */")
            return {"PUT": "upload.status" if asks else "upload.put", "DELETE": "upload.cancel"}.get(method)
        if method != ("POST" if path == UPLOAD else "PATCH"):
            return None
        kind = query.get("uploadType", "media")
        return {"media": "upload.media", "multipart": "upload.multipart", "resumable": "upload.start"}.get(kind)

    def answer(self, request, body):
        if request.call is None:
            return Answer(404, b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>",
                          content_type="text/html; charset=UTF-8")
        if request.call in ("upload.put", "upload.status", "upload.cancel"):
            return self._session(request, body)
        login = self.drive.login(request)
        self._check_parameters(request)
        if request.call.startswith("upload"):
            return self._upload(login, request, body)
        wanted = {"files.create": WRITE, "files.update": WRITE, "files.delete": WRITE, "files.media": MEDIA,
                  "files.generateIds": WRITE}.get(request.call, READ)
        self._check_scope(login, wanted)
        if body and request.call not in ("files.create", "files.update"):
            self.drive.complain(f"{request.call} has a body")
        method = "_about" if request.call == "about.get" else "_" + request.call.split(".")[1]
        return getattr(self, method)(login, request, body)

    # ---- the methods without content -------------------------------------------------------------

    def _list(self, login, request, _):
        query = request.query
        size = min(self._number(query, "pageSize", 100, 1000), self.store.page)
        corpora, everywhere = query.get("corpora", "user"), query.get("includeItemsFromAllDrives") == "true"
        if corpora not in ("user", "domain", "drive", "allDrives"):
            raise invalid_value("corpora")
        if query.get("spaces", "drive") not in ("drive", "appDataFolder"):
            raise invalid_value("spaces")
        if (corpora == "drive") != ("driveId" in query):
            raise Refusal("badRequest", "The driveId parameter must be specified if and only if corpora is set to "
                          "drive.")
        if everywhere and query.get("supportsAllDrives") != "true":
            raise Refusal("badRequest", "The supportsAllDrives parameter must be set to true if "
                          "includeItemsFromAllDrives is.")
        if corpora in ("drive", "allDrives") and not everywhere:
            raise Refusal("badRequest", "includeItemsFromAllDrives must be set to true when listing from all drives.")
        if "driveId" in query:
            self.store.find(login, query["driveId"])
        asked = Query(query.get("q", ""))
        for parent in asked.parents:
            try:
                self.store.find(login, parent, everywhere)
            except Refusal:
                raise not_found("") from None
        root = self.store.root(login.account).id
        listed = [self._seen(login, file, root) for file in self.store.by_id.values()
                  if self._listed(login, file, query.get("driveId"), everywhere) and self._is_indexed(file, asked)]
        found = [view for view in listed if asked.matches(view)]
        if "orderBy" in query:
            found = ordered(found, query["orderBy"])
        begin = self._page(query)
        page = found[begin:begin + size]
        value = {"kind": "drive#fileList", "incompleteSearch": False,
                 "files": [self.store.view(login, self.store.by_id[view["id"]]) for view in page]}
        if begin + size < len(found):
            value["nextPageToken"] = base64.urlsafe_b64encode(f"~!{begin + size}".encode()).decode()
        return Answer(200, select(value, query.get("fields"), LIST, USUAL_LIST))

    def _listed(self, login, file, drive_id, everywhere):
        if not file.parents or not self.store.visible(login, file):
            return False
        if file.drive_id and (not everywhere or drive_id not in (None, file.drive_id)):
            return False
        return bool(file.drive_id or not drive_id)

    @staticmethod
    def _is_indexed(file, asked):
        if file.unseen and asked.needs_index:
            file.unseen -= 1
            return False
        return True

    def _seen(self, login, file, root):
        """What a query looks at."""
        alias = {"root"} if root in file.parents else set()
        people = dict.fromkeys(("owners", "writers", "readers"), [file.owner] if file.owner else [])
        return self.store.view(login, file) | people | {"aliases": alias | set(file.parents)}

    @staticmethod
    def _page(query):
        if "pageToken" not in query:
            return 0
        try:
            return int(re.fullmatch(r"~!(\d+)", base64.urlsafe_b64decode(query["pageToken"]).decode())[1])
        except (ValueError, TypeError):
            raise invalid_value("pageToken") from None

    def _get(self, login, request, _):
        return self._file(login, request, self._named(login, request))

    def _media(self, login, request, _):
        file = self._named(login, request)
        if file.content is None:
            raise Refusal("fileNotDownloadable", location="alt")
        return Answer(200, file.content, content_type=file.mime_type)

    def _create(self, login, request, body):
        request.meta = self._meta(read_json(body, request.headers.get("content-type")))
        return self._file(login, request, self.store.create(login, request.meta, self._all_drives(request)))

    def _update(self, login, request, body):
        file = self._named(login, request, "write")
        request.meta = self._meta(read_json(body, request.headers.get("content-type")))
        self.store.update(login, file, request.meta)
        if "addParents" in request.query:
            parent = self.store.find(login, request.query["addParents"], self._all_drives(request), "write")
            if set(request.query.get("removeParents", "").split(",")) < set(file.parents):
                raise Refusal("cannotAddParent")
            if parent.mime_type != FOLDER:
                raise Refusal("parentNotAFolder")
            file.parents = [parent.id]
        return self._file(login, request, file)

    def _delete(self, login, request, _):
        file = self._named(login, request, "write")
        if not file.parents or (file.owner and file.owner != login.account):
            raise Refusal("insufficientFilePermissions", id=file.id)
        self.store.delete(file)
        return Answer(204)

    def _generateIds(self, login, request, _):
        count = self._number(request.query, "count", 10, 1000)
        value = {"kind": "drive#generatedIds", "space": "drive", "ids": self.store.ids(login, count)}
        return Answer(200, select(value, request.query.get("fields"), IDS, "*"))

    def _about(self, login, request, _):
        if "fields" not in request.query:
            raise Refusal("required", "The 'fields' parameter is required for this method.", 400, "fields")
        usage, limit = str(self.store.usage(login.account)), self.store.limits.get(login.account)
        quota = {"usage": usage, "usageInDrive": usage, "usageInDriveTrash": "0"}
        user = {"kind": "drive#user", "displayName": login.account.split("@")[0], "me": True, "permissionId": "1",
                "emailAddress": login.account}
        value = {"kind": "drive#about", "user": user, "appInstalled": False, "canCreateDrives": False,
                 "maxUploadSize": "5242880000000",
                 "storageQuota": quota | ({} if limit is None else {"limit": str(limit)})}
        return Answer(200, select(value, request.query["fields"], ABOUT, "*"))

    # ---- content ---------------------------------------------------------------------------------

    def _upload(self, login, request, body):
        self._check_scope(login, WRITE)
        old = self._named(login, request, "write") if request.path != UPLOAD else None
        media_type = request.headers.get("content-type")
        if request.call == "upload.media":
            if len(body) > MULTIPART:
                raise Refusal("uploadTooLarge")
            request.meta = {}
            return self._store(login, request, old, media_type, body)
        if request.call == "upload.multipart":
            meta, media_type, body = read_multipart(media_type, body)
            request.meta = self._meta(meta)
            return self._store(login, request, old, media_type, body)
        return self._start(login, request, old, body)

    def _start(self, login, request, old, body):
        request.meta = self._meta(read_json(body, request.headers.get("content-type") if body else None))
        size, media_type = (request.headers.get(f"x-upload-content-{name}") for name in ("length", "type"))
        if size is None or media_type is None:
            self.drive.complain("an upload begins without X-Upload-Content-Length and X-Upload-Content-Type")
        if size is not None and not size.isdigit():
            raise PlainRefusal(400, "Invalid value for x-upload-content-length header.")
        size = None if size is None else int(size)
        if old:
            self.store.check_meta(login, request.meta, old)
        else:
            self.store.check_new(login, request.meta, self._all_drives(request), size or 0)
        select({}, request.query.get("fields"), FILE, USUAL_FILE)
        session = Session(lambda content: self._store(login, request, old, media_type, content), size, media_type)
        self.drive.sessions[session.id] = session
        location = f"{self.drive.url}{request.target}&upload_id={session.id}"
        return Answer(200, headers={"Location": location, "X-GUploader-UploadID": session.id})

    def _store(self, login, request, old, media_type, content):
        fields = request.query.get("fields")
        select({}, fields, FILE, USUAL_FILE)  # before anything is made
        if old:
            file = self.store.update(login, self.store.find(login, old.id), request.meta, content, media_type)
        else:
            file = self.store.create(login, request.meta, self._all_drives(request), content, media_type)
        return self._file(login, request, file)

    def _open(self, request):
        session = self.drive.sessions.get(request.query["upload_id"])
        if not session or session.expired:
            raise PlainRefusal(404, "Not Found")
        return session

    def _session(self, request, body):
        if request.token():  # the address alone is enough
            self.drive.login(request)
        session = self._open(request)
        if request.call == "upload.cancel":
            session.expired = True
            return Answer(499)
        content_range = request.headers.get("content-range")
        if request.call == "upload.status" and body:
            raise PlainRefusal(400, "Failed to parse Content-Range header.")
        answer = session.put(content_range, body)
        if answer.status == 308 and len(body) % UNIT:
            self.drive.complain(f"a part of an upload has {len(body)} bytes, no multiple of {UNIT}")
        return answer

    def broken(self, request, part):
        """What came of an upload in a session is kept."""
        if request.call == "upload.put":
            session = self.drive.sessions.get(request.query["upload_id"])
            if session and not session.expired:
                session.put(request.headers.get("content-range"), bytes(part), whole=False)

    # ---- what many have in common ----------------------------------------------------------------

    def _check_scope(self, login, wanted):
        if not login.scopes & set(wanted):
            raise scope_missing(wanted)

    def _check_parameters(self, request):
        kind = "files.update" if request.method == "PATCH" else "files.create"
        known = PARAMETERS[kind if request.call.startswith("upload") else request.call]
        for name in sorted(set(request.query) - known):
            self.drive.complain(f"{request.call} has no parameter {name}")
        for name in FLAGS:
            if request.query.get(name, "true") not in ("true", "false"):
                raise Refusal("badRequest", f"Invalid value at '{name}' (TYPE_BOOL), \"{request.query[name]}\"")
        if request.query.get("alt", "json") not in ("json", "media"):
            raise invalid_value("alt")

    @staticmethod
    def _number(query, name, usual, most):
        text = query.get(name, str(usual))
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise Refusal("badRequest", f"Invalid value at '{name}' (TYPE_INT32), \"{text}\"")
        if not 1 <= int(text) <= most:
            raise Refusal("invalidParameter", f"Invalid value '{text}'. Values must be within the range: [1, {most}]",
                          400, name)
        return int(text)

    def _meta(self, meta):
        for name in sorted(set(meta) - set(FILE)):
            self.drive.complain(f"a file has no field {name}")
        return {name: value for name, value in meta.items() if name in FILE}

    @staticmethod
    def _all_drives(request):
        return request.query.get("supportsAllDrives") == "true"

    def _named(self, login, request, wanted="read"):
        return self.store.find(login, request.path.rsplit("/", 1)[1], self._all_drives(request), wanted)

    def _file(self, login, request, file):
        usual = USUAL_FILE + (",driveId,teamDriveId" if file.drive_id else "")
        return Answer(200, select(self.store.view(login, file), request.query.get("fields"), FILE, usual))
