"""The files of the stand-in: who owns them, who may see and change them, what may be made where."""

import collections
import dataclasses
import datetime
import hashlib
import itertools
import secrets
import string

from drive_errors import SERVICE_ACCOUNT, Refusal, not_found

FOLDER = "application/vnd.google-apps.folder"
SERVICE = ".gserviceaccount.com"
WRITERS = {"owner", "organizer", "fileOrganizer", "writer"}
SCOPES_THAT_SEE_ALL = {"drive", "drive.readonly", "drive.metadata", "drive.metadata.readonly"}
WRITABLE = {"id", "name", "mimeType", "parents", "description", "starred", "trashed", "appProperties", "properties",
            "originalFilename", "createdTime", "modifiedTime", "folderColorRgb", "writersCanShare", "contentHints",
            "copyRequiresWriterPermission", "viewedByMeTime"}
PROPERTY_BYTES, PROPERTIES_PER_APP, CHILDREN = 124, 30, 500_000

Login = collections.namedtuple("Login", "account scopes app token", defaults=["the app", ""])


@dataclasses.dataclass(eq=False)
class File:
    """As the API has it, and what only the test may know."""

    id: str
    name: str
    mime_type: str
    parents: list
    owner: str | None  # nobody in a shared drive
    drive_id: str | None = None
    content: bytes | None = None
    roles: dict = dataclasses.field(default_factory=dict)  # account: role; children have them too
    apps: set = dataclasses.field(default_factory=set)  # that made or opened it: what drive.file lets them see
    properties: dict = dataclasses.field(default_factory=dict)
    all_app_properties: dict = dataclasses.field(default_factory=dict)  # app: {key: value}
    description: str | None = None
    starred: bool = False
    trashed: bool = False
    created: str = ""
    modified: str = ""
    version: int = 1
    unseen: int = 0  # by how many lists from now on: Drive's index comes later than the file

    @property
    def app_properties(self):
        """Of all apps."""
        return {key: value for each in self.all_app_properties.values() for key, value in each.items()}


class Files:
    """limits: account -> bytes of its storage, those that are not named have plenty."""

    def __init__(self):
        self.by_id, self.generated, self.limits = {}, {}, {}
        self.lag, self.spoils, self.page = 0, 0, 1000
        self._clock = itertools.count()

    # ---- what the test arranges ------------------------------------------------------------------

    def folder(self, name="folder", owner="ada@example.org", parent=None, app=None, id=None, roles=()):
        """A folder that the person made by hand or, with `app`, that this app made or was given."""
        above = self.by_id.get(parent) or self.root(owner)
        shared = above.drive_id
        made = self._add(File(id or new_id(), name, FOLDER, [above.id], None if shared else owner, shared))
        made.roles |= roles
        made.apps |= {app} if app else set()
        return made.id

    def file(self, name, content=b"", folder="root", owner="ada@example.org", app="the app"):
        """One that came some other way."""
        meta = {"name": name, "parents": [folder]}
        made = self.create(Login(owner, {"drive"}, app), meta, True, content, "text/plain")
        made.unseen = 0
        return made.id

    def share(self, id, account, role):
        self.by_id[id].roles[account] = role

    def shared_drive(self, name="team", roles=()):
        """roles: {account: role}"""
        id = "0A" + new_id()[:17]
        self._add(File(id, name, FOLDER, [], None, id, roles=dict(roles)))
        return id

    def root(self, account):
        """My Drive of the account."""
        id = "0A" + hashlib.sha256(account.encode()).hexdigest()[:17]
        return self.by_id.get(id) or self._add(File(id, "My Drive", FOLDER, [], account))

    def usage(self, account):
        return sum(len(file.content or b"") for file in self.by_id.values() if file.owner == account)

    # ---- what a login may see and do -------------------------------------------------------------

    def find(self, login, id, all_drives=True, wanted="read"):
        """The file, if the login may do this (read, write) with it."""
        file = self.root(login.account) if id == "root" else self.by_id.get(id)
        if not file or not self.visible(login, file) or (file.drive_id and not all_drives):
            raise not_found(id)
        if wanted == "write" and self.role(login, file) not in WRITERS:
            raise Refusal("insufficientFilePermissions", id=file.id)
        return file

    def visible(self, login, file):
        if not self.role(login, file):
            return False
        is_root = not file.parents and not file.drive_id
        return bool(login.scopes & SCOPES_THAT_SEE_ALL) or login.app in file.apps or is_root

    def role(self, login, file):
        if file.owner == login.account:
            return "owner"
        roles = [role for each in self.line(file) if (role := each.roles.get(login.account))]
        return next((role for role in roles if role in WRITERS), roles[0] if roles else None)

    def line(self, file):
        """It and the folders above."""
        while file:
            yield file
            file = self.by_id.get(file.parents[0]) if file.parents else None

    def ids(self, login, count):
        made = [new_id() for _ in range(count)]
        self.generated.update(dict.fromkeys(made, login.account))
        return made

    def check_new(self, login, meta, all_drives, size=0):
        """The folder where this file may be made; also when an upload of it begins."""
        self.check_meta(login, meta)
        parents = meta.get("parents", ["root"])
        if len(parents) != 1:
            raise Refusal("cannotAddParent")
        parent = self.find(login, parents[0], all_drives, "write")
        if parent.mime_type != FOLDER:
            raise Refusal("parentNotAFolder")
        if not parent.drive_id and meta.get("mimeType") != FOLDER:
            self.check_storage(login.account, size)
        if "id" in meta:
            if meta["id"] in self.by_id:
                raise Refusal("fileIdInUse")
            if self.generated.get(meta["id"]) != login.account:
                raise Refusal("invalid", "The provided file ID is not usable.", 400, "file.id")
        return parent

    def check_storage(self, account, size):
        if account.endswith(SERVICE):
            raise Refusal("storageQuotaExceeded", SERVICE_ACCOUNT)
        if account in self.limits and self.usage(account) + size > self.limits[account]:
            raise Refusal("storageQuotaExceeded")

    def check_meta(self, login, meta, old=None):
        if set(meta) - WRITABLE:
            raise Refusal("fieldNotWritable")
        types = {"name": str, "mimeType": str, "id": str, "description": str, "parents": list, "appProperties": dict,
                 "properties": dict, "trashed": bool, "starred": bool}
        for name, type_ in types.items():
            if name in meta and not isinstance(meta[name], type_):
                raise Refusal("badRequest", f"Invalid value for {name}")
        kept = old.all_app_properties.get(login.app, {}) if old else {}
        for changed, before in ((meta.get("appProperties", {}), kept),
                                (meta.get("properties", {}), old.properties if old else {})):
            for key, value in changed.items():
                if value is not None and not isinstance(value, str):
                    raise Refusal("badRequest", "Invalid value for appProperties")
                if len((key + (value or "")).encode()) > PROPERTY_BYTES:
                    raise Refusal("propertyLengthLimitExceeded")
            if len({**before, **changed}) > PROPERTIES_PER_APP:
                raise Refusal("propertyLimitExceeded")

    # ---- changes ---------------------------------------------------------------------------------

    def create(self, login, meta, all_drives, content=None, media_type=None):
        parent = self.check_new(login, meta, all_drives, len(content or b""))
        mime = meta.get("mimeType") or media_type or "application/octet-stream"
        if mime.startswith("application/vnd.google-apps.") and content is not None:
            raise Refusal("badRequest", "This stand-in converts nothing to Google's own formats")
        if content is None and mime != FOLDER:
            content = b""
        if content and self.spoils:
            self.spoils -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        file = File(meta.get("id") or new_id(), meta.get("name", "Untitled"), mime, [parent.id],
                    None if parent.drive_id else login.account, parent.drive_id, content, apps={login.app},
                    unseen=self.lag)
        self._change(login, file, meta)
        return self._add(file)

    def update(self, login, file, meta, content=None, media_type=None):
        self.check_meta(login, meta, file)
        if "id" in meta or "parents" in meta:
            raise Refusal("fieldNotWritable", "The parents field is not directly writable in update requests. Use the "
                          "addParents and removeParents parameters instead.")
        if content is not None:
            if file.owner:
                self.check_storage(file.owner, len(content) - len(file.content or b""))
            file.content = content
            file.mime_type = media_type or file.mime_type
        file.name = meta.get("name", file.name)
        file.mime_type = meta.get("mimeType", file.mime_type)
        self._change(login, file, meta)
        file.version += 1
        file.modified = self._now()
        return file

    def delete(self, file):
        """It and, of a folder, all below."""
        gone = [each.id for each in self.by_id.values() if any(above is file for above in self.line(each))]
        for id in gone:
            del self.by_id[id]

    def _change(self, login, file, meta):
        own = file.all_app_properties.setdefault(login.app, {})
        for held, changed in ((own, meta.get("appProperties", {})), (file.properties, meta.get("properties", {}))):
            held.update(changed)
            for key in [key for key, value in held.items() if value is None]:
                del held[key]
        file.description = meta.get("description", file.description)
        file.trashed, file.starred = meta.get("trashed", file.trashed), meta.get("starred", file.starred)

    def _add(self, file):
        file.created = file.modified = self._now()
        self.by_id[file.id] = file
        return file

    def _now(self):
        """Rises with each call."""
        start = datetime.datetime(2026, 1, 1)
        return (start + datetime.timedelta(milliseconds=next(self._clock))).isoformat(timespec="milliseconds") + "Z"

    # ---- what the API says of a file -------------------------------------------------------------

    def view(self, login, file):
        folder = file.mime_type == FOLDER
        link = f"https://drive.google.com/drive/folders/{file.id}" if folder else (
            f"https://drive.google.com/file/d/{file.id}/view?usp=drivesdk")
        mine = file.owner == login.account
        view = {"kind": "drive#file", "id": file.id, "name": file.name, "mimeType": file.mime_type,
                "parents": file.parents, "trashed": any(each.trashed for each in self.line(file)), "explicitlyTrashed": file.trashed,
                "starred": file.starred, "createdTime": file.created, "modifiedTime": file.modified,
                "version": str(file.version), "webViewLink": link, "spaces": ["drive"], "ownedByMe": mine,
                "isAppAuthorized": login.app in file.apps, "shared": bool(file.roles),
                "capabilities": {"canAddChildren": folder and self.role(login, file) in WRITERS,
                                 "canEdit": self.role(login, file) in WRITERS, "canDelete": mine,
                                 "canDownload": not folder, "canListChildren": folder}}
        view |= {"driveId": file.drive_id, "teamDriveId": file.drive_id} if file.drive_id else {
            "owners": [{"kind": "drive#user", "displayName": file.owner.split("@")[0], "me": mine,
                        "permissionId": "1", "emailAddress": file.owner}]}
        if file.content is not None:
            view |= {"size": str(len(file.content)), "quotaBytesUsed": str(len(file.content)),
                     "md5Checksum": hashlib.md5(file.content).hexdigest(),
                     "sha1Checksum": hashlib.sha1(file.content).hexdigest(),
                     "sha256Checksum": hashlib.sha256(file.content).hexdigest(), "originalFilename": file.name,
                     "webContentLink": f"https://drive.google.com/uc?id={file.id}&export=download"}
        own = file.all_app_properties.get(login.app)
        given = {"appProperties": own, "properties": file.properties, "description": file.description}
        return view | {name: value for name, value in given.items() if value}


def new_id():
    """Like one of Drive's: 33 characters."""
    return "1" + "".join(secrets.choice(string.ascii_letters + string.digits + "-_") for _ in range(32))
