"""What becomes of an item's output: kept, named, delivered, numbered, replaced."""

import json
import os
import subprocess
import unittest

from house import BUILD, House
from transcript import Transcript


class Killed(House):
    def test_of_a_delivery_that_is_killed_half_way_nothing_stays(self):
        """What it copies is a pipe that says nothing: it waits there, with its file begun."""
        os.mkfifo(self.path("source"))
        init = {"type": "init", "protocol": 1, "options": {"dir": self.path("out")}}
        files = [{"path": self.path("source"), "name": "a.txt", "media_type": "text/plain"}]
        item = {"type": "item", "id": 1, "batch": "b", "index": 0, "attempt": 1, "key": "b/0", "row": {},
                "input": {"files": files}, "dir": self.root}
        plugin = subprocess.Popen([os.path.join(BUILD, "libexec/batch/plugins/file")], env=self.env,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with plugin:
            plugin.stdin.write(b"".join(json.dumps(each).encode() + b"\n" for each in (init, item)))
            plugin.stdin.flush()
            self.wait_until(lambda: self.has_begun(plugin.pid))
            plugin.kill()
        self.assertEqual(os.listdir(self.path("out")), [])

    def has_begun(self, pid):
        """It has a file in the folder open."""
        out = self.path("out") + "/"
        return any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith(out) for fd in os.listdir(f"/proc/{pid}/fd"))


class LetterCase(House):
    """Names that differ in the case of their letters alone."""

    def deliver(self, code=0):
        self.write("people.csv", "name\nAda\nADA\nada\n")
        self.ctl("run", "-q", "people.csv", "-j", "1", "-d", "out", "-o", "{name}.txt", "--", "echo", "{name}", code=code)

    def delivered(self):
        found = {}
        for name in sorted(os.listdir(self.path("out"))):
            with open(os.path.join(self.path("out"), name), encoding="utf-8") as file:
                found[name] = file.read().strip()
        return found

    def test_are_names_of_different_files(self):
        self.deliver()
        self.assertEqual(self.delivered(), {"ADA.txt": "ADA", "Ada.txt": "Ada", "ada.txt": "ada"})

    def test_replace_nothing_where_the_disk_takes_them_for_one(self):
        os.mkdir(self.path("out"))
        self.fold_case(self.path("out"))
        self.deliver(code=1)
        self.assertEqual(self.delivered(), {"Ada.txt": "Ada"})
        items = self.ctl("items", "@last", "--json").lines()
        self.assertEqual([item["status"] for item in items], ["done", "failed", "failed"])
        self.assertEqual({item["error"]["code"] for item in items[1:]}, {"file_exists"})

    def fold_case(self, folder):
        """A small disk there that does; not every kernel has one."""
        image = self.path("disk")
        with open(image, "wb") as file:
            file.truncate(8 << 20)
        for words in (["mkfs.ext4", "-q", "-O", "casefold", image], ["mount", "-o", "loop", image, folder]):
            done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
            if done.returncode != 0:
                self.skipTest(f"no disk that folds case: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        os.rmdir(os.path.join(folder, "lost+found"))
        subprocess.run(["chattr", "+F", folder], check=True)


class OutputsOfCommands(Transcript):
    def setUp(self):
        super().setUp()
        self.write("rows.csv", "id,word\n1,one\n2,two\n")

    def test_what_is_printed_is_the_text_and_with_a_folder_the_file(self):
        self.transcript("""
            [0]$ batchctl run -q rows.csv -- echo {word}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ batchctl results 0e4c2a11 --format text
            1| one
            1| two
            [0]$ batchctl run rows.csv -d out -- echo {word}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            2| done: rows.csv (0e4c2a12): 2 of 2 items done in 0.1s, 2 files in out
            [0]$ grep . out/*
            1| out/0.txt:one
            1| out/1.txt:two
        """)

    def test_one_file_takes_the_name_and_several_keep_theirs_in_a_folder_of_it(self):
        self.transcript("""
            [0]$ batchctl run -q rows.csv -d one -o '{word}.html' -- sh -c 'echo "<p>$1" >"$2/page.html"' sh {word} {@out}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ grep . one/*
            1| one/one.html:<p>one
            1| one/two.html:<p>two
            [0]$ batchctl run -q rows.csv -d more -o '{word}' -- sh -c 'echo a >"$1/a.txt"; echo b >"$1/b.txt"' sh {@out}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            [0]$ find more -type f | sort
            1| more/one/a.txt
            1| more/one/b.txt
            1| more/two/a.txt
            1| more/two/b.txt
        """)

    def test_what_is_delivered_everywhere_is_not_kept_too(self):
        self.transcript("""
            [0]$ batchctl run -q rows.csv -- sh -c 'echo a >"$1/a.txt"' sh {@out} && find .local/state/batch/outputs -type f | wc -l
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            1| 2
            [0]$ batchctl run -q rows.csv -d out -- sh -c 'echo a >"$1/a.txt"' sh {@out} && find .local/state/batch/outputs -type f | wc -l
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            1| 2
            [0]$ batchctl results 0e4c2a12 --json --fields index,location | sed 's|"/home/ada/||'
            1| {"v":1,"index":0,"location":out/0.txt"}
            1| {"v":1,"index":1,"location":out/1.txt"}
            [0]$ batchctl results 0e4c2a11 --save saved && cat saved/0.txt && batchctl results 0e4c2a11:1 --save -
            1| a
            1| a
            2| saved 2 files in saved
        """)

    def test_texts_are_saved_under_their_names(self):
        self.write("people.csv", "name\nAda\nBob\n")
        self.ctl("run", "people.csv", "-o", "{name}/it", "--", "echo", "{name}")
        self.ctl("results", "@last", "--save", "saved")
        for name in ("Ada", "Bob"):
            with open(self.path(f"saved/{name}/it.txt"), encoding="utf-8") as file:
                self.assertEqual(file.read(), name)

    def test_no_link_leads_what_is_saved_elsewhere(self):
        self.write("people.csv", "name\nAda\n")
        self.ctl("run", "people.csv", "-o", "{name}/it", "--", "echo", "{name}")
        os.makedirs(self.path("victim"))
        os.makedirs(self.path("saved"))
        os.symlink("../victim", self.path("saved/Ada"))
        told = self.ctl("results", "@last", "--save", "saved", code=2).err
        self.assertIn("saved/Ada is a link that leads out of saved", told)
        self.assertEqual(os.listdir(self.path("victim")), [])
        os.unlink(self.path("saved/Ada"))
        os.makedirs(self.path("saved/Ada"))
        os.symlink("nowhere", self.path("saved/Ada/it.txt"))
        self.assertIn("is there already", self.ctl("results", "@last", "--save", "saved", code=9).err)

    def test_values_and_nothing(self):
        self.transcript("""
            [0]$ batchctl run -q rows.csv --stdout json -- echo '{"a":1}'
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ batchctl results 0e4c2a11 --json --fields index,output
            1| {"v":1,"index":0,"output":{"text":null,"value":{"a":1},"artifacts":[],"deliveries":[]}}
            1| {"v":1,"index":1,"output":{"text":null,"value":{"a":1},"artifacts":[],"deliveries":[]}}
            [0]$ batchctl run -q rows.csv --stdout none -- echo {word}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            [0]$ batchctl results 0e4c2a12 --json --fields index,output | head -1
            1| {"v":1,"index":0,"output":{"text":null,"value":null,"artifacts":[],"deliveries":[]}}
            [1]$ batchctl run rows.csv --stdout json -- echo {word}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a13
            2| failed: rows.csv (0e4c2a13): 0 of 2 items done in 0.1s, 2 failed
            2|   2  not_json  the command's output is not JSON: invalid literal     items 0, 1
            2| hint: see them: batchctl items 0e4c2a13 --status failed
        """)

    def test_where_it_runs_and_with_what(self):
        os.makedirs(self.path("there"))
        self.env["SECRET"] = "of the caller"
        self.transcript("""
            [0]$ batchctl run -q rows.csv --env GREETING='hello there' -- sh -c 'pwd; echo "$GREETING $BATCH_ITEM_INDEX $BATCH_ITEM_ATTEMPT [$SECRET]"; cat'
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ batchctl results 0e4c2a11 --format text | head -3
            1| /home/ada
            1| hello there 0 1 []
            1| {"id":"1","word":"one"}
            [0]$ batchctl run -q rows.csv --chdir there -- pwd && batchctl results @last --format text | head -1
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            1| /home/ada/there
        """)

    def test_exit_codes_are_classes_of_failure(self):
        self.write("codes.txt", "1\n65\n7\n3\n")
        self.transcript("""
            [1]$ batchctl run codes.txt --retries 1 --backoff 10ms --success-codes 0,3 --no-retry-on 7 -- sh -c 'exit "$1"' sh {}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| failed: codes.txt (0e4c2a11): 1 of 4 items done in 0.1s, 3 failed
            2|   1  exit_1   exit code 1     item 0 (codes.txt:1)
            2|   1  exit_65  exit code 65    item 1 (codes.txt:2)
            2|   1  exit_7   exit code 7     item 2 (codes.txt:3)
            2| hint: see them: batchctl items 0e4c2a11 --status failed
            [0]$ batchctl items 0e4c2a11 --fields index,status,attempts --no-header
            1| 0	failed	2
            1| 1	failed	1
            1| 2	failed	1
            1| 3	done	1
            [8]$ batchctl run --args x -- sh -c 'exit 78'
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            2| batchctl: error: 0e4c2a12 (sh) is paused: exit code 78; 0 of 1 items are done, no try of the others was used up
            2| hint: when it is mended: batchctl resume 0e4c2a12
        """)


class Collisions(Transcript):
    """Two rows with one name, and files that are there."""

    def setUp(self):
        super().setUp()
        self.write("people.csv", "name,class\nAnna Schmidt,7a\nAda,7a\nAnna Schmidt,7b\n")
        self.write("card.txt", "{{ name }} {{ class }}\n")

    def test_the_policies(self):
        self.transcript("""
            [2]$ batchctl run people.csv -t card.txt -d cards -o '{name}'
            2| people.csv:2: error: "Anna Schmidt.txt" would also be the output of line 4
            2| batchctl: error: 1 problem, nothing was stored
            2| hint: tell them apart with another column: -o '{name} {class}', or number them: --on-collision suffix
            [0]$ batchctl run people.csv -t card.txt -d cards -o '{name}' --on-collision suffix
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| done: people.csv (0e4c2a11): 3 of 3 items done in 0.1s, 3 files in cards
            [0]$ grep . cards/*
            1| cards/Ada.txt:Ada 7a
            1| cards/Anna Schmidt (2).txt:Anna Schmidt 7b
            1| cards/Anna Schmidt.txt:Anna Schmidt 7a
            [2]$ batchctl run people.csv -t card.txt -d cards -o '{name} {class}' && batchctl run people.csv -t card.txt -d cards -o '{name} {class}'
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            2| done: people.csv (0e4c2a12): 3 of 3 items done in 0.1s, 3 files in cards
            2| batchctl: error: 3 of 3 outputs are already in cards, the first is "Anna Schmidt 7a.txt"; nothing was stored
            2| hint: replace them: --on-collision overwrite
            [0]$ echo changed >>card.txt; batchctl run -q people.csv -t card.txt -d cards -o '{name} {class}' --on-collision overwrite; cat 'cards/Ada 7a.txt'
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a13
            1| Ada 7a
            1| changed
        """)

    def test_hostile_values_stay_in_the_folder(self):
        self.write("bad.csv", 'name\n../../etc/passwd\n/etc/passwd\nCON\n"a\nb"\n.hidden\n-rf\n...\n')
        self.transcript("""
            [0]$ batchctl run -q bad.csv -d out/in -o '{name}' --on-collision suffix -- echo x
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ find . -name '*.txt' -path './out/*' | LC_ALL=C sort
            1| ./out/in/6.txt
            1| ./out/in/_.._etc_passwd.txt
            1| ./out/in/_CON.txt
            1| ./out/in/_etc_passwd.txt
            1| ./out/in/a_b.txt
            1| ./out/in/hidden.txt
            1| ./out/in/rf.txt
        """)


if __name__ == "__main__":
    unittest.main()
