"""What Google Drive answers when it refuses: status, reason, the words, and in which of its two forms."""

import json

# reason: (status, domain, message); as in Google's guide "Resolve errors", {id} is the file's.
REASONS = {
    "badRequest": (400, "global", "Bad Request"),
    "parseError": (400, "global", "Parse Error"),
    "badContent": (400, "global", "Unsupported content with type: {type}"),
    "authError": (401, "global", "Invalid Credentials"),
    "dailyLimitExceeded": (403, "usageLimits", "Daily Limit Exceeded"),
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "usageLimits", "User Rate Limit Exceeded"),
    "sharingRateLimitExceeded": (403, "global", "Rate limit exceeded."),
    "storageQuotaExceeded": (403, "global", "The user's Drive storage quota has been exceeded."),
    "teamDriveFileLimitExceeded": (403, "global", "The file limit for this shared drive has been exceeded."),
    "numChildrenInNonRootLimitExceeded": (403, "global", "The limit for this folder's number of children has been "
                                          "exceeded."),
    "activeItemCreationLimitExceeded": (403, "global", "This account has exceeded the creation limit of 500 million "
                                        "items."),
    "domainPolicy": (403, "global", "The domain administrators have disabled Drive apps."),
    "appNotAuthorizedToFile": (403, "global", "The user has not granted the app write access to the file {id}."),
    "insufficientFilePermissions": (403, "global", "The user does not have sufficient permissions for file {id}."),
    "fieldNotWritable": (403, "global", "The resource body includes fields which are not directly writable."),
    "propertyLengthLimitExceeded": (403, "global", "Properties and app properties are limited to 124 bytes in UTF-8 "
                                    "encoding, counting both the key and the value."),
    "propertyLimitExceeded": (403, "global", "The limit of properties of this file has been exceeded."),
    "parentNotAFolder": (403, "global", "The specified parent is not a folder."),
    "cannotAddParent": (403, "global", "Increasing the number of parents is not allowed"),
    "fileNotDownloadable": (403, "global", "Only files with binary content can be downloaded. Use Export with Docs "
                            "Editors files."),
    "accessNotConfigured": (403, "usageLimits", "Google Drive API has not been used in project 1 before or it is "
                            "disabled."),
    "notFound": (404, "global", "File not found: {id}."),
    "fileIdInUse": (409, "global", "A file already exists with the provided ID."),
    "uploadTooLarge": (413, "global", "The request failed because the data sent in the request is too large."),
    "internalError": (500, "global", "Internal Error"),
    "backendError": (500, "global", "Backend Error"),
}
BAD_TOKEN = ("Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
             "valid authentication credential. "
             "See https://developers.google.com/identity/sign-in/web/devconsole-project.")
SERVICE_ACCOUNT = ("Service Accounts do not have storage quota. Leverage shared drives "
                   "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth "
                   "delegation (http://support.google.com/a/answer/7281227) instead.")
REALM = 'Bearer realm="https://accounts.google.com/"'
BY_STATUS = {429: "rateLimitExceeded", 401: "authError", 404: "notFound", 409: "fileIdInUse", 403: "rateLimitExceeded"}


class Answer:
    """What goes back: body is bytes, or something for JSON."""

    def __init__(self, status, body=None, headers=(), content_type="application/json; charset=UTF-8"):
        self.status, self.headers, self.reason = status, dict(headers), None
        if body is None:
            self.body = b""
        elif isinstance(body, bytes):
            self.body = body
        else:
            self.body = json.dumps(body, indent=1, ensure_ascii=False).encode()
        if self.body:
            self.headers.setdefault("Content-Type", content_type)

    def json(self):
        return json.loads(self.body)


class Refusal(Exception):
    """An error in the JSON form of the API."""

    def __init__(self, reason, message=None, status=None, location=None, short=None, **more):
        super().__init__(reason)
        usual, domain, words = REASONS.get(reason, (status or 400, "global", reason))
        self.status, self.reason = status or usual, reason
        self.message = message or words.format(id=more.pop("id", ""), type=more.pop("type", ""))
        self.headers, self.extra = more.pop("headers", {}), more
        entry = {"message": short or self.message, "domain": domain, "reason": reason}
        if location:
            entry |= {"location": location, "locationType": "header" if location == "Authorization" else "parameter"}
        self.entry = entry

    def named(self, status):
        """With the name of a status, which Drive gives where a login is wanting and nowhere else."""
        self.extra = {"status": status, **self.extra}
        return self

    def answer(self):
        body = {"error": {"code": self.status, "message": self.message, "errors": [self.entry], **self.extra}}
        answer = Answer(self.status, body, self.headers)
        answer.reason = self.reason
        return answer


class PlainRefusal(Exception):
    """An error of the servers that take uploads: a line of text, no JSON."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text

    def answer(self):
        return Answer(self.status, self.text.encode(), content_type="text/plain; charset=utf-8")


def invalid_value(name, message="Invalid Value"):
    return Refusal("invalid", message, 400, name)


def not_found(id):
    return Refusal("notFound", id=id, location="fileId")


def bad_token():
    return Refusal("authError", BAD_TOKEN, location="Authorization", short="Invalid Credentials",
                   headers={"WWW-Authenticate": REALM + ', error="invalid_token"'}).named("UNAUTHENTICATED")


def no_token(method):
    if method == "GET":  # it could have had an API key
        return Refusal("forbidden", "Method doesn't allow unregistered callers (callers without established identity). "
                       "Please use API Key or other form of API consumer identity to call this API.",
                       403).named("PERMISSION_DENIED")
    return Refusal("required", BAD_TOKEN.replace("had invalid", "is missing required"), 401, "Authorization",
                   short="Login Required.", headers={"WWW-Authenticate": REALM}).named("UNAUTHENTICATED")


def scope_missing(wanted):
    scopes = " ".join("https://www.googleapis.com/auth/" + scope for scope in wanted)
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
              "domain": "googleapis.com", "metadata": {"service": "drive.googleapis.com"}}
    return Refusal("insufficientPermissions", "Request had insufficient authentication scopes.", 403,
                   short="Insufficient Permission", details=[detail],
                   headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scopes}"'},
                   ).named("PERMISSION_DENIED")
