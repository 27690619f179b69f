"""The stand-in for Google Drive: does what is asked of it, and refuses what Google refuses."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request

from drive import ADA, Drive
from drive_case import FILES, UPLOAD, DriveCase
from drive_files import FOLDER

BOB = "bob@example.org"
ROBOT = "robot@project.iam.gserviceaccount.com"

class Logins(DriveCase):
    def test_no_token_a_wrong_one_and_one_that_ran_out(self):
        said = self.ask("GET", FILES, headers={"Authorization": None})
        self.assertRefused(said, 403, "forbidden")
        said = self.ask("POST", FILES, {}, {"Authorization": None})
        self.assertRefused(said, 401, "required")
        self.drive.expire(self.token)
        for token in ("nonsense", self.token):
            said = self.ask("GET", FILES, token=token)
            self.assertRefused(said, 401, "authError")
            self.assertEqual(said.json["error"]["status"], "UNAUTHENTICATED")
            self.assertRegex(said.headers["WWW-Authenticate"], '^Bearer .*error="invalid_token"')

    def test_a_scope_that_does_not_reach(self):
        for scopes in ("openid email", "drive.readonly"):
            said = self.ask("POST", FILES, {}, token=self.drive.token(scopes=scopes))
            self.assertRefused(said, 403, "insufficientPermissions")
            self.assertEqual(said.json["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
            self.assertIn("insufficient_scope", said.headers["WWW-Authenticate"])
        self.assertEqual(self.ask("GET", FILES, token=self.drive.token(scopes="drive.readonly")).status, 200)

    def test_who_has_a_token_may_be_asked_elsewhere(self):
        asked = []

        def accepts(token):
            asked.append(token)
            return (ADA, ["https://www.googleapis.com/auth/drive.file"]) if token == "good" else None

        with Drive(accepts) as drive:
            self.drive, self.connection = drive, None
            self.connection = self.connect()
            self.assertEqual(self.ask("GET", FILES, token="good").status, 200)
            self.assertEqual(self.ask("GET", FILES, token="bad").status, 401)
            self.assertEqual(asked, ["good", "bad"])

    def test_no_token_is_in_the_log(self):
        self.ask("GET", FILES)
        self.ask("GET", FILES, access_token=self.token)
        shown = json.dumps([request.shown() for request in self.drive.requests()])
        self.assertNotIn(self.token, shown)
        self.assertIn(hashlib.sha256(self.token.encode()).hexdigest(), shown)
        self.assertEqual(self.drive.complaints, ["a token in the address"])


class Visibility(DriveCase):
    def test_of_drive_file_is_what_the_app_made_or_was_given(self):
        by_hand = self.drive.folder("by hand")
        said = self.ask("GET", f"{FILES}/{by_hand}")
        self.assertRefused(said, 404, "notFound")
        self.assertEqual(said.json["error"]["message"], f"File not found: {by_hand}.")
        self.assertRefused(self.multipart({"name": "a", "parents": [by_hand]}), 404, "notFound")
        self.assertEqual(self.ask("GET", f"{FILES}/{by_hand}", token=self.drive.token(scopes="drive")).status, 200)
        self.drive.open_with(by_hand)
        self.assertEqual(self.multipart({"name": "a", "parents": [by_hand]}).status, 200)

    def test_of_another_app_and_another_person(self):
        self.multipart({"name": "a", "parents": [self.folder]})
        other_app = self.drive.token(app="other")
        self.assertEqual(self.ask("GET", FILES, token=other_app).json["files"], [])
        bob = self.drive.token(BOB, "drive")
        self.assertEqual(self.ask("GET", FILES, token=bob).json["files"], [])
        self.assertRefused(self.ask("GET", f"{FILES}/{self.folder}", token=bob), 404, "notFound")

    def test_a_folder_that_is_missing(self):
        self.assertRefused(self.multipart({"name": "a", "parents": ["nowhere"]}), 404, "notFound")
        said = self.ask("POST", UPLOAD + "?uploadType=resumable", {"name": "a", "parents": ["nowhere"]})
        self.assertRefused(said, 404, "notFound")
        self.assertEqual(said.json["error"]["errors"][0]["location"], "fileId")

    def test_a_folder_that_one_may_only_read(self):
        folder = self.drive.folder(owner=BOB, app="the app")
        self.drive.share(folder, ADA, "reader")
        self.assertEqual(self.ask("GET", f"{FILES}/{folder}", fields="capabilities/canAddChildren").json,
                         {"capabilities": {"canAddChildren": False}})
        self.assertRefused(self.multipart({"name": "a", "parents": [folder]}), 403, "insufficientFilePermissions")
        self.drive.share(folder, ADA, "writer")
        self.assertEqual(self.multipart({"name": "a", "parents": [folder]}).status, 200)
        self.assertEqual(self.drive.files()[0].owner, ADA)

    def test_a_shared_drive_needs_its_parameter(self):
        files = "mimeType = 'text/plain'"
        shared = self.drive.shared_drive(roles={ADA: "fileOrganizer"})
        self.drive.open_with(shared)
        self.assertRefused(self.multipart({"name": "a", "parents": [shared]}), 404, "notFound")
        said = self.multipart({"name": "a", "parents": [shared]}, supportsAllDrives="true")
        self.assertEqual((said.status, said.json["driveId"]), (200, shared))
        self.assertEqual(self.ask("GET", FILES, q=files).json["files"], [])
        self.assertRefused(self.ask("GET", FILES, q=files, includeItemsFromAllDrives="true"), 400, "badRequest")
        all_drives = {"includeItemsFromAllDrives": "true", "supportsAllDrives": "true"}
        found = self.ask("GET", FILES, q=files, **all_drives).json["files"]
        self.assertEqual([file["id"] for file in found], [said.json["id"]])
        found = self.ask("GET", FILES, q=files, corpora="drive", driveId=shared, **all_drives).json["files"]
        self.assertEqual(len(found), 1)
        self.assertRefused(self.ask("GET", FILES, corpora="drive"), 400, "badRequest")

    def test_storage(self):
        self.drive.limit(ADA, 10)
        self.assertEqual(self.multipart({"name": "a"}, b"12345").status, 200)
        self.assertRefused(self.multipart({"name": "b"}, b"123456"), 403, "storageQuotaExceeded")
        said = self.ask("POST", UPLOAD + "?uploadType=resumable", {}, {"X-Upload-Content-Length": "6"})
        self.assertRefused(said, 403, "storageQuotaExceeded")

    def test_a_service_account_has_none_but_in_shared_drives(self):
        self.token = self.drive.token(ROBOT, "drive")
        folder = self.drive.folder()
        self.drive.share(folder, ROBOT, "writer")
        said = self.multipart({"name": "a", "parents": [folder]})
        self.assertRefused(said, 403, "storageQuotaExceeded")
        self.assertIn("Service Accounts do not have storage quota", said.json["error"]["message"])
        shared = self.drive.shared_drive(roles={ROBOT: "writer"})
        self.assertEqual(self.multipart({"name": "a", "parents": [shared]}, supportsAllDrives="true").status, 200)


class Lists(DriveCase):
    def setUp(self):
        super().setUp()
        for name, key in (("O'Hara\\.txt", "k1"), ("two.txt", "k2"), ("dup.txt", "k2")):
            self.multipart({"name": name, "parents": [self.folder], "appProperties": {"batchItem": key}})

    def names(self, q, **query):
        said = self.ask("GET", FILES, q=q, **query)
        self.assertEqual(said.status, 200, said.body)
        return [file["name"] for file in said.json["files"]]

    def test_queries(self):
        self.assertEqual(self.names("appProperties has { key='batchItem' and value='k1' }"), ["O'Hara\\.txt"])
        self.assertEqual(self.names(f"'{self.folder}' in parents and trashed = false and name = 'O\\'Hara\\\\.txt'"),
                         ["O'Hara\\.txt"])
        self.assertEqual(self.names("(name contains 'tw' or name='dup.txt') and not mimeType = 'image/png'"),
                         ["two.txt", "dup.txt"])
        self.assertEqual(self.names("appProperties has {key='batchItem' and value='none'}"), [])
        self.assertEqual(self.names(f"trashed = true or mimeType = '{FOLDER}'"), ["folder"])
        self.drive.store.by_id[self.folder].trashed = True
        self.assertEqual(set(self.names("trashed = true")), {"folder", "O'Hara\\.txt", "two.txt", "dup.txt"})
        self.drive.store.by_id[self.folder].trashed = False
        self.assertEqual(self.names("'root' in parents and modifiedTime > '2020-01-01T00:00:00'"), ["folder"])
        self.assertEqual({value: len(files) for value, files in self.drive.duplicates("batchItem").items()}, {"k2": 2})

    def test_queries_that_are_none(self):
        for q in ("name = 'O'Hara'", "name = \"two\"", "nonsense = 'a'", "name", "trashed = 'false'", "name = 'a' and",
                  "appProperties has { key='a' }", "name like 'a'", "'a' in nowhere", "name = 'a\\n'", "(name = 'a'",
                  "name = 'a' name = 'b'"):
            said = self.ask("GET", FILES, q=q)
            self.assertRefused(said, 400, "invalid")
            self.assertEqual(said.json["error"]["errors"][0]["location"], "q")

    def test_a_folder_that_is_not_there_is_an_error(self):
        self.assertRefused(self.ask("GET", FILES, q="'nowhere' in parents"), 404, "notFound")

    def test_fields(self):
        said = self.ask("GET", FILES, fields="files(id,owners/emailAddress), nextPageToken", pageSize="1").json
        self.assertEqual({*said}, {"files", "nextPageToken"})
        self.assertEqual(said["files"][0]["owners"], [{"emailAddress": ADA}])
        self.assertEqual(self.ask("GET", FILES, fields="").json, {})
        self.assertIn("appProperties", self.ask("GET", FILES, fields="*").json["files"][1])
        for fields in ("files(id,title)", "items", "id", "files(id", "files()", "files/id/x"):
            said = self.ask("GET", FILES, fields=fields)
            self.assertRefused(said, 400, "invalidParameter")
            self.assertRegex(said.json["error"]["message"], "^Invalid field selection ")

    def test_pages(self):
        seen, query = [], {}
        while True:
            page = self.ask("GET", FILES, pageSize="3", **query).json
            seen += page["files"]
            if "nextPageToken" not in page:
                break
            query = {"pageToken": page["nextPageToken"]}
        self.assertEqual(len({file["id"] for file in seen}), 4)
        self.drive.short_pages(1)
        page = self.ask("GET", FILES, pageSize="1000").json
        self.assertEqual((len(page["files"]), "nextPageToken" in page), (1, True))
        self.assertRefused(self.ask("GET", FILES, pageToken="nonsense"), 400, "invalid")
        self.assertRefused(self.ask("GET", FILES, pageSize="0"), 400, "invalidParameter")
        self.assertRefused(self.ask("GET", FILES, pageSize="many"), 400, "badRequest")
        self.assertRefused(self.ask("GET", FILES, supportsAllDrives="yes"), 400, "badRequest")

    def test_orders(self):
        files = "mimeType = 'text/plain'"
        self.assertEqual(self.names(files, orderBy="createdTime desc"), ["dup.txt", "two.txt", "O'Hara\\.txt"])
        self.assertEqual(self.names(files, orderBy="name"), ["O'Hara\\.txt", "dup.txt", "two.txt"])
        for order in ("title", "name down", ""):
            self.assertRefused(self.ask("GET", FILES, orderBy=order), 400, "invalid")

    def test_a_new_file_may_come_late(self):
        self.drive.lag(2)
        made = self.multipart({"name": "late", "appProperties": {"batchItem": "late"}}).json
        query = "appProperties has { key='batchItem' and value='late' }"
        self.assertEqual([self.names(query) for _ in range(2)], [[], []])
        self.assertIn("late", self.names("'root' in parents"))
        self.assertEqual(self.names(query), ["late"])
        self.assertEqual(self.ask("GET", f"{FILES}/{made['id']}").status, 200)


class FilesThemselves(DriveCase):
    def test_folders_metadata_content_and_the_end(self):
        folder = self.ask("POST", FILES, {"name": "new", "mimeType": FOLDER}, fields="id,webViewLink").json
        self.assertEqual(folder["webViewLink"], f"https://drive.google.com/drive/folders/{folder['id']}")
        made = self.multipart({"name": "a.txt", "parents": [folder["id"]], "appProperties": {"k": "v"}}, b"hello",
                              fields="*").json
        for name, value in {"name": "a.txt", "mimeType": "text/plain", "size": "5", "parents": [folder["id"]],
                            "md5Checksum": hashlib.md5(b"hello").hexdigest(), "appProperties": {"k": "v"},
                            "sha256Checksum": hashlib.sha256(b"hello").hexdigest(),
                            "webViewLink": f"https://drive.google.com/file/d/{made['id']}/view?usp=drivesdk"}.items():
            self.assertEqual(made[name], value)
        self.assertEqual(self.ask("GET", f"{FILES}/{made['id']}?alt=media").body, b"hello")
        self.assertRefused(self.ask("GET", f"{FILES}/{folder['id']}?alt=media"), 403, "fileNotDownloadable")
        said = self.ask("PATCH", f"{FILES}/{made['id']}", {"name": "b.txt", "appProperties": {"k": None, "l": "w"}},
                        fields="name,appProperties")
        self.assertEqual(said.json, {"name": "b.txt", "appProperties": {"l": "w"}})
        self.assertEqual(self.ask("DELETE", f"{FILES}/{folder['id']}").status, 204)
        self.assertRefused(self.ask("GET", f"{FILES}/{made['id']}"), 404, "notFound")
        self.assertEqual((self.drive.files(), self.drive.complaints), ([], []))

    def test_what_one_says_of_a_new_file_is_checked(self):
        self.assertRefused(self.multipart({"size": "5"}), 403, "fieldNotWritable")
        self.assertRefused(self.multipart({"name": 5}), 400, "badRequest")
        self.assertRefused(self.multipart({"parents": [self.folder, "root"]}), 403, "cannotAddParent")
        self.assertRefused(self.multipart({"appProperties": {"k": "v" * 124}}), 403, "propertyLengthLimitExceeded")
        self.assertRefused(self.multipart({"appProperties": {"k": "\u00e4" * 62}}), 403, "propertyLengthLimitExceeded")
        self.assertRefused(self.multipart({"appProperties": {f"k{i}": "" for i in range(31)}}), 403,
                           "propertyLimitExceeded")
        self.assertEqual(self.multipart({"appProperties": {"k": "v" * 123}}).status, 200)
        self.assertRefused(self.ask("POST", FILES, b"{", {"Content-Type": "application/json"}), 400, "parseError")
        self.assertRefused(self.ask("POST", FILES, b'"\xff"', {"Content-Type": "application/json"}), 400, "parseError")
        self.assertRefused(self.ask("POST", FILES, b"{}", {"Content-Type": "text/plain"}), 400, "badContent")
        self.multipart({"name": "a", "colour": "red"}, supportsAllDisks="true")
        self.assertEqual(self.drive.complaints, ["upload.multipart has no parameter supportsAllDisks",
                                                 "a file has no field colour"])

    def test_an_id_that_was_asked_for_before_is_good_once(self):
        ids = self.ask("GET", FILES + "/generateIds", count="2").json["ids"]
        self.assertEqual(len(set(ids)), 2)
        self.assertEqual(self.multipart({"id": ids[0], "name": "a"}).json["id"], ids[0])
        said = self.multipart({"id": ids[0], "name": "a"})
        self.assertRefused(said, 409, "fileIdInUse")
        self.assertEqual(said.json["error"]["message"], "A file already exists with the provided ID.")
        self.assertRefused(self.multipart({"id": "mine"}), 400, "invalid")
        session = self.start({"id": ids[1]}, 1)
        self.multipart({"id": ids[1]})
        self.assertRefused(self.put(session, None, b"x"), 409, "fileIdInUse")
        self.assertEqual([file.id for file in self.drive.files()], ids)

    def test_names_are_kept_as_they_are_and_may_be_twice(self):
        name = "\u00c4 'quoted' \"twice\"\nand \U0001f600\\.pdf"
        for _ in range(2):
            self.assertEqual(self.multipart({"name": name}).json["name"], name)
        self.assertEqual([file.name for file in self.drive.files()], [name, name])

    def test_one_that_got_a_wrong_bit(self):
        self.drive.spoil(1)
        said = [self.multipart({}, b"ab", fields="md5Checksum").json["md5Checksum"] for _ in range(2)]
        self.assertEqual(said, [hashlib.md5(content).hexdigest() for content in (b"ac", b"ab")])

    def test_about(self):
        self.assertRefused(self.ask("GET", "/drive/v3/about"), 400, "required")
        self.assertEqual(self.ask("GET", "/drive/v3/about", fields="user(emailAddress)").json,
                         {"user": {"emailAddress": ADA}})

    def test_what_there_is_not(self):
        said = self.ask("GET", "/drive/v2/files")
        self.assertEqual((said.status, said.headers["Content-Type"]), (404, "text/html; charset=UTF-8"))
        self.assertEqual(self.ask("PUT", FILES).status, 404)


class Program(unittest.TestCase):
    def test_serves_and_is_arranged_by_http(self):
        here = os.path.dirname(os.path.abspath(__file__))
        program = subprocess.Popen([sys.executable, "-B", os.path.join(here, "drive.py"), "--token", "tok"],
                                   stdout=subprocess.PIPE, encoding="utf-8")
        self.addCleanup(program.wait, 30)
        self.addCleanup(program.kill)  # before it is waited for
        with program.stdout:
            url = program.stdout.readline().removeprefix("READY ").strip()

            def ask(path, body=None):
                request = urllib.request.Request(url + path, None if body is None else json.dumps(body).encode(),
                                                 {"Authorization": "Bearer tok", "Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)

            folder = ask("/__control", {"do": "folder", "name": "given", "app": "the app"})["result"]
            self.assertEqual(ask(f"{FILES}/{folder}")["name"], "given")
            ask("/__control", {"do": "fault", "target": "GET *", "reason": "userRateLimitExceeded"})
            self.assertRaises(urllib.error.HTTPError, ask, FILES)
            ask(FILES, {"name": "a", "parents": [folder]})
            seen = ask("/__control")
            self.assertEqual([file["name"] for file in seen["files"]], ["a"])
            self.assertEqual(seen["counters"]["files.list userRateLimitExceeded"], 1)
            self.assertNotIn('"tok"', json.dumps(seen))
            program.terminate()
            self.assertEqual(program.wait(30), 0)


class Connections(DriveCase):
    def test_are_kept_and_serve_many_at_once(self):
        for _ in range(3):
            self.multipart({"name": "a", "parents": [self.folder]})
        self.assertEqual(self.drive.connections, 1)

        def make():
            case = DriveCase()
            case.drive, case.token, case.connection = self.drive, self.token, self.connect()
            for _ in range(10):
                case.multipart({"name": "b"})

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(len(self.drive.files()), 83)

    def test_nobody_is_there_and_is_again(self):
        self.multipart({"name": "a"})
        self.drive.down()
        self.connection.close()
        self.assertRaises(ConnectionRefusedError, self.ask, "GET", FILES)
        self.drive.up()
        self.connection.close()
        self.assertEqual(self.ask("GET", FILES).status, 200)


if __name__ == "__main__":
    unittest.main()
