"""The stories of the specification, told by the real programs."""

import os
import unittest

from transcript import Transcript


class FirstContact(Transcript):
    def test_a_wrong_word_gets_the_right_one(self):
        self.transcript("""
            [2]$ batchctl sumbit people.csv
            2| batchctl: error: there is no command "sumbit"
            2| hint: did you mean: batchctl submit
            [2]$ batchctl
            2| Usage: batchctl COMMAND [OPTIONS]
            2| hint: see what it can do: batchctl --help
        """)

    def test_run_shows_progress_on_a_terminal(self):
        self.write("people.csv", "name\n" + "Ada\n" * 12)
        self.transcript(
            """
            [0]$ batchctl run people.csv -j 1 -- sleep 0.1
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2t| people.csv  [####################----]  10/12  6/s  about 1s left
            2| done: people.csv (0e4c2a11): 12 of 12 items done in 2.1s
            [0]$ batchctl status
            1| BATCH     NAME        STATUS  DONE   FAILED  RATE  LEFT  AGE  REASON
            1| 0e4c2a11  people.csv  done    12/12       0  -     -     2s   -
            2t| Showing the unfinished and those of the last 24 hours. Others: --all
            """,
            on="terminal",
        )


# A page of 33 lines; what the story needs stands in lines 18, 27 and 31.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Certificate</title>
<style>
  body {{ font-family: serif; text-align: center }}
  h1 {{ letter-spacing: .1em }}
</style>
</head>
<body>
<main>

<h1>Certificate</h1>

<p>This is to say that</p>

<h2 class="whole">{{{{ {name} }}}}</h2>

<p>of class {{{{ class }}}}</p>
<p>has been here</p>





<p>{{% if class %}}</p>
<p>with</p>


<b>{points}</b> points
{{% {end} %}}
</main>
"""


class Teacher(Transcript):
    """A table and a page become named PDFs."""

    NAMES = ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Donald Knuth"]

    def students(self, lines=(), points="93"):
        """28 of them; `lines` are rows by their line."""
        rows = [f"{name},7a,{points}" for name in self.NAMES] + [f"Pupil {i},7b,{i}" for i in range(22)]
        for line, row in dict(lines).items():
            rows[line - 2] = row
        self.write("students.csv", "name,class,points\n" + "".join(row + "\n" for row in rows))

    def page(self, name="name", points="{{ points }}", end="endif"):
        self.write("certificate.html", PAGE.format(name=name, points=points, end=end))

    def test_all_problems_are_told_in_one_go(self):
        self.students({9: "Anna Schmidt,7a,1", 14: "no,points", 22: "Anna Schmidt,7b,2"})
        self.page("nmae")
        self.transcript("""
            [2]$ batchctl run students.csv -t certificate.html --to pdf -d ./certificates -o '{name}'
            2| certificate.html:18:22: error: "nmae" is not a column of students.csv; did you mean "name"?
            2| students.csv:14: error: 2 fields, the header has 3 (name, class, points)
            2| students.csv:9: error: "Anna Schmidt.pdf" would also be the output of line 22
            2| batchctl: error: 3 problems, nothing was stored
            2| hint: tell them apart with another column: -o '{name} {class}', or number them: --on-collision suffix
            [0]$ batchctl status --json
        """)

    def test_a_dry_run_then_the_run_then_what_failed(self):
        self.students({7: "Donald Knuth,7a,n/a"})
        self.page(points="{{ points > 50 }}")
        self.transcript("""
            [0]$ batchctl submit students.csv -t certificate.html --to pdf -d ./certificates -o '{name} {class}' --dry-run
            1| rows      students.csv: 28 items, columns name, class, points
            1| steps     jinja certificate.html, chromium to=pdf, file ./certificates
            1| tries     3, 1s..1m apart, 10m each
            1| item 0    {"name":"Ada Lovelace","class":"7a","points":"93"}
            1| output    ./certificates/Ada Lovelace 7a.pdf
            2| note: nothing was stored. All 28 names: add --json
        """)
        self.page(points="{{ points|int + 1 if points != 'n/a' else points + 1 }}")
        self.transcript("""
            [1]$ batchctl run students.csv -t certificate.html --to pdf -d ./certificates -o '{name} {class}'
            1| 01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4
            2| failed: students.csv (c2f0d9e4): 27 of 28 items done in 2.4s, 27 files in ./certificates, 1 failed
            2|   1  template_error  certificate.html:31: "points" is text ("n/a"); CSV cells are text, write {{ points|int }}    item 5 (students.csv:7)
            2| hint: mend row or template, then make them anew: batchctl run students.csv -t certificate.html --to pdf -d ./certificates -o '{name} {class}' --on-collision overwrite
            [2]$ batchctl run students.csv -t certificate.html --to pdf -d ./certificates -o '{name} {class}'
            2| batchctl: error: 27 of 28 outputs are already in ./certificates, the first is "Ada Lovelace 7a.pdf"; nothing was stored
            2| hint: replace them: --on-collision overwrite
        """)
        self.assertEqual(len(os.listdir(self.path("certificates"))), 27)

    def test_without_a_folder_the_outputs_are_kept(self):
        self.students()
        self.page()
        self.transcript("""
            [0]$ batchctl run students.csv -t certificate.html --to pdf
            1| 01a20462-77d0-7c11-8e02-b38061f3aa02
            2| done: students.csv (61f3aa02): 28 of 28 items done in 2.2s
            2| hint: the outputs are kept; to have them in a folder: batchctl results 61f3aa02 --save ./certificates
        """)

    def test_one_row_first(self):
        self.students()
        self.page()
        self.transcript("""
            [0]$ batchctl template preview certificate.html students.csv --item 5 | head -1
            1| <!doctype html>
        """)
        self.transcript(
            """
            [2]$ batchctl template preview certificate.html students.csv --item 5 --to pdf
            2| batchctl: error: a PDF is not shown on a terminal
            2| hint: write it to a file: batchctl template preview certificate.html students.csv --item 5 --to pdf --output preview.pdf
            """,
            on="terminal",
        )
        self.transcript(
            """
            [0]$ batchctl template preview certificate.html students.csv --item 5 --to pdf --output preview.pdf
            2| preview.pdf: item 5 (students.csv:7), 1 page, 33 KiB
            [3]$ batchctl template preview certificate.html students.csv --item 28
            2| batchctl: error: students.csv has no item 28: its 28 items are 0 to 27
            """,
            free=["33 KiB"],
        )
        self.page(end="endfor")
        self.transcript("""
            [2]$ batchctl template add certificate certificate.html
            2| certificate.html:32:4: error: "endfor" closes nothing here; the open block is "if" of line 27
            2| batchctl: error: 1 problem, nothing was stored
            [2]$ batchctl template lint certificate.html students.csv
            2| certificate.html:32:4: error: "endfor" closes nothing here; the open block is "if" of line 27
            2| batchctl: error: 1 problem
        """)


class Developer(Transcript):
    """A command per URL, some of which fail."""

    CURL = """#!/bin/sh
[ "$2" = -o ] || exit 2
n=${4##*/}
case $n in
*[37]) [ "$BATCH_ITEM_ATTEMPT" -gt 1 ] || exec sleep 20 ;;
*9) echo "curl: (22) The requested URL returned error: 404" >&2; exit 22 ;;
esac
echo page >"$3"
"""

    def setUp(self):
        super().setUp()
        os.chmod(self.write("bin/curl", self.CURL), 0o755)
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        self.write("urls.csv", "id,url\n" + "".join(f"{i},https://example.org/{i}\n" for i in range(20)))

    def test_failures_by_cause_and_a_retry_of_one_cause(self):
        self.transcript("""
            [1]$ batchctl run urls.csv -j 16 --item-timeout 2s -d ./pages -o '{id}.html' -- curl -sSf -o {@out}/page.html {url}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| failed: urls.csv (0e4c2a11): 14 of 20 items done in 24s, 14 files in ./pages, 6 failed
            2|   4  timeout  no end within 2s                                     items 3, 7, 13, ...
            2|   2  exit_22  curl: (22) The requested URL returned error: 404     items 9, 19
            2| hint: see them: batchctl items 0e4c2a11 --status failed
        """)
        self.transcript("""
            [0]$ batchctl items 0e4c2a11 --status failed --cause exit_22 --fields index,line,attempts,row.url --limit 2
            1t| INDEX  LINE  ATTEMPTS  ROW.URL
            1t| 9      11           1  https://example.org/9
            1t| 19     21           1  https://example.org/19
            [0]$ batchctl items 0e4c2a11 --status failed --cause timeout --fields index --limit 2
            1t| INDEX
            1t| 3
            1t| 7
            2t| Showing 2 of 4. All of them: --limit 0
        """, on="terminal")
        self.transcript("""
            [0]$ batchctl logs 0e4c2a11:9
            1| 0e4c2a11:9 attempt 1  18:45:24  err| curl: (22) The requested URL returned error: 404
            [1]$ batchctl retry 0e4c2a11 --cause timeout --item-timeout 60s --wait --start
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| trying 4 failed items again, 60s each; 2 stay failed
            2| failed: urls.csv (0e4c2a11): 18 of 20 items done in 41s, 18 files in ./pages, 2 failed
            2|   2  exit_22  curl: (22) The requested URL returned error: 404     items 9, 19
            2| hint: see them: batchctl items 0e4c2a11 --status failed
        """)

    def test_what_is_wrong_is_told_before_anything_is_stored(self):
        self.transcript("""
            [2]$ batchctl submit urls.csv -- crul -sf {url}
            2| batchctl: error: cannot run "crul": there is no such command in PATH; nothing was stored
            2| hint: did you mean: curl
            [2]$ batchctl submit urls.csv -- curl -sf {ulr}
            2| batchctl: error: "{ulr}" names no column of urls.csv (id, url); nothing was stored
            2| hint: did you mean {url}? For the characters themselves write: '\\{ulr}'
            [2]$ batchctl submit urls.csv -- sh -c 'curl -sf {url} && ./log {id}'
            2| batchctl: error: {url} inside the script of "sh -c" would run the row's text as shell code; nothing was stored
            2| hint: hand it over as an argument: sh -c 'curl -sf "$1" && ./log "$2"' sh {url} {id}
            [2]$ batchctl submit urls.csv --timeout 30s -- curl -sf {url}
            2| batchctl: error: --timeout is how long this command waits, and without --wait it does not wait
            2| hint: for one attempt at one item: --item-timeout 30s
            [2]$ batchctl submit urls.csv -o '{{id}}.pdf' -- curl -sf {url}
            2| batchctl: error: "{{id}}" is how a template writes a column; on the command line braces are single; nothing was stored
            2| hint: write: -o '{id}.pdf'
            [0]$ batchctl status --json
        """)


class Cron(Transcript):
    """Safe to run twice, mail only on trouble."""

    def setUp(self):
        super().setUp()
        self.env["BATCH_WORKERS_DRAIN_TIMEOUT"] = "0"

    JOB = """rows = "urls.csv"
command = ["sh", "-c", '[ "$1" != "$BAD" ] || { echo no luck >&2; exit 3; }', "sh", "{id}"]
env = { BAD = "%s" }
"""

    def job(self, bad=""):
        self.write("jobs/urls.csv", "id\n" + "".join(f"{i}\n" for i in range(5)))
        self.write("jobs/nightly.toml", self.JOB % bad)

    def test_a_good_night_is_silent_and_the_second_run_does_nothing(self):
        self.job()
        self.transcript("""
            [0]$ batchctl run -q --key nightly-2026-11-22 --allow-empty --timeout 4h jobs/nightly.toml >/dev/null
            [0]$ batchctl run --key nightly-2026-11-22 --allow-empty --timeout 4h jobs/nightly.toml
            1| 01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4
            2| note: nightly-2026-11-22 exists already (c2f0d9e4, done): nothing was submitted
            [0]$ echo 5 >>jobs/urls.csv
            [9]$ batchctl run -q --key nightly-2026-11-22 jobs/nightly.toml
            2| batchctl: error: key "nightly-2026-11-22" belongs to c2f0d9e4, whose content differs (5 rows then, 6 now); nothing was stored
            2| hint: keep that batch, or give this one a key of its own: --key nightly-2026-11-22-b
        """)

    def test_a_bad_night_is_one_mail(self):
        self.job(bad="3")
        self.transcript("""
            [1]$ batchctl run -q --key nightly-2026-11-22 --allow-empty --timeout 4h jobs/nightly.toml >id
            2| failed: nightly-2026-11-22 (c2f0d9e4): 4 of 5 items done in 24s, 1 failed
            2|   1  exit_3  no luck    item 3 (jobs/urls.csv:5)
            2| hint: try them again: batchctl retry c2f0d9e4 --wait --start
            [1]$ batchctl run --key nightly-2026-11-22 jobs/nightly.toml
            1| 01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4
            2| note: nightly-2026-11-22 exists already (c2f0d9e4, failed): nothing was submitted
            2| failed: nightly-2026-11-22 (c2f0d9e4): 4 of 5 items done in 24s, 1 failed
            2|   1  exit_3  no luck    item 3 (jobs/urls.csv:5)
            2| hint: see them: batchctl items c2f0d9e4 --status failed
        """)

    def test_too_slow_a_night_is_kept(self):
        self.job()
        self.write("jobs/slow.toml", 'rows = "urls.csv"\ncommand = ["sleep", "30"]\n')
        self.transcript("""
            [8]$ batchctl run -q --key nightly-2026-11-22 --timeout 1s jobs/slow.toml
            1| 01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4
            2| batchctl: error: nightly-2026-11-22 (c2f0d9e4) is not finished after 1s: 0 of 5 items done; it is kept
            2| hint: go on: batchctl wait --start c2f0d9e4
        """)


class Interrupted(Transcript):
    """Ctrl-C while items are at work."""

    # Sends a signal to the command once one item is recorded and the next one at work.
    SCRIPT = """#!/usr/bin/python3
import json, os, signal, subprocess, sys, time
def at_work():
    if not os.path.exists("started"):
        return False
    status = subprocess.run(["batchctl", "status", "@last", "--json"], capture_output=True, check=True)
    return json.loads(status.stdout)["counts"]["done"] == 1
if os.path.exists("started"):
    os.remove("started")
run = subprocess.Popen(sys.argv[2:])
while not at_work() and run.poll() is None:
    time.sleep(0.02)
run.send_signal(getattr(signal, sys.argv[1]))
sys.exit(run.wait())
"""

    def setUp(self):
        super().setUp()
        self.env["BATCH_WORKERS_DRAIN_TIMEOUT"] = "0"
        os.chmod(self.write("interrupt", self.SCRIPT), 0o755)
        self.write("work", '#!/bin/sh\n[ "$1" = 0 ] && exit\ntouch started\nexec sleep 30\n')
        os.chmod(self.path("work"), 0o755)
        self.rows(5, "pages.csv")

    def test_the_batch_is_kept(self):
        self.transcript("""
            [130]$ ./interrupt SIGINT batchctl run pages.csv -j 1 -- ./work {id}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| interrupted: 1 of 5 items done; 0e4c2a11 is kept
            2| hint: go on: batchctl wait --start 0e4c2a11
            [143]$ ./interrupt SIGTERM batchctl wait --start 0e4c2a11
            2| interrupted: 1 of 5 items done; 0e4c2a11 is kept
            2| hint: go on: batchctl wait --start 0e4c2a11
        """)

    def test_or_cancelled_for_ci(self):
        self.transcript("""
            [130]$ ./interrupt SIGINT batchctl run pages.csv -j 2 --on-interrupt cancel -- ./work {id}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| interrupted: cancelling 0e4c2a11; 4 items at work are stopped
            2| aborted: pages.csv (0e4c2a11): 1 of 5 items done in 7s, 4 cancelled: interrupted
        """)


class Newcomer(Transcript):
    """Coming from parallel, pueue, Celery."""

    def test_habits_of_other_tools_are_answered(self):
        self.write("urls.txt", "https://example.org\n")
        self.transcript("""
            [2]$ batchctl add -- make test
            2| batchctl: error: there is no command "add"
            2| hint: batches are made with: batchctl submit --help
            [2]$ batchctl submit -- curl {}
            2| batchctl: error: no rows: name a file, - for standard input, or --args and the items themselves
            2| hint: one item by hand: batchctl submit --args https://example.org -- curl {}
            [2]$ batchctl run urls.txt -- 'curl -sf {}'
            2| batchctl: error: cannot run "curl -sf {}": it is a whole line in quotes, and no shell takes it apart; nothing was stored
            2| hint: without the quotes: batchctl run urls.txt -- curl -sf {}
            [2]$ batchctl enqueue x; batchctl list; batchctl ls; batchctl show 1; batchctl kill 1; batchctl stop; batchctl start; batchctl log; batchctl clean; batchctl delete
            2| batchctl: error: there is no command "enqueue"
            2| hint: batches are made with: batchctl submit --help
            2| batchctl: error: there is no command "list"
            2| hint: did you mean: batchctl status
            2| batchctl: error: there is no command "ls"
            2| hint: did you mean: batchctl status
            2| batchctl: error: there is no command "show"
            2| hint: did you mean: batchctl status
            2| batchctl: error: there is no command "kill"
            2| hint: did you mean: batchctl cancel
            2| batchctl: error: there is no command "stop"
            2| hint: did you mean: batchctl cancel
            2| batchctl: error: there is no command "start"
            2| hint: did you mean: batchctl resume
            2| batchctl: error: there is no command "log"
            2| hint: did you mean: batchctl logs
            2| batchctl: error: there is no command "clean"
            2| hint: did you mean: batchctl prune
            2| batchctl: error: there is no command "delete"
            2| hint: did you mean: batchctl rm
        """)

    def test_parallel_s_words_have_ours(self):
        for name in "a.wav", "b c.wav":
            self.write("in/" + name, "")
        self.transcript("""
            [0]$ batchctl run -j 8 --retries 3 --args in/*.wav -- cp {} {:dir}/{:stem}.mp3
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            2| done: cp (0e4c2a11): 2 of 2 items done in 0.1s
            [0]$ ls in
            1| a.mp3
            1| a.wav
            1| b c.mp3
            1| b c.wav
            [0]$ batchctl run -q --args x y -- echo {} && batchctl results @last --format text
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a12
            1| x
            1| y
        """)


class Terminal(Transcript):
    """What only a person sees."""

    def test_rows_can_be_typed(self):
        self.transcript(
            """
            [0]$ batchctl submit - --rows-format lines -n -- echo {}
            1| rows      standard input: 2 items
            1| steps     exec echo '{}'
            1| tries     1, 10m
            1| item 0    "one"
            1| output    0
            2| note: rows are read from the terminal; Ctrl-D ends them
            2| note: nothing was stored. All 2 names: add --json
            """,
            on="terminal",
            typed="one\ntwo\n\x04",
        )

    def test_stored_templates(self):
        self.write("card.html", "<p>{{ name }}</p>")
        self.write("people.csv", "name\nAda\n")
        self.transcript(
            """
            [0]$ batchctl template add card card.html
            2| stored card@1
            [0]$ batchctl template list
            1| NAME  VERSION  ENGINE         CREATED
            1| card        1  jinja:to=html  2026-11-22 18:45:52
            [0]$ batchctl template preview card people.csv
            1| <p>Ada</p>
            [0]$ batchctl template rm card --yes
            2| removed 1 version of card
            [0]$ batchctl template list
            1| NAME  VERSION  ENGINE  CREATED
            """,
            on="terminal",
            typed="y\n",
        )


class Millions(Transcript):
    """Many rows."""

    def archive(self, name, count, last=""):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("id,path\n")
            file.writelines(f"{i},/srv/archive/{i}\n" for i in range(count))
            file.write(last)

    def test_storing_many_tells_how_many(self):
        self.archive("archive.csv", 150_000)
        self.archive("archive2.csv", 120_001, '120001,"/srv/archive\n')
        os.chmod(self.write("index", "#!/bin/sh\n"), 0o755)
        self.transcript("""
            [0]$ batchctl submit archive.csv -j 2 -- ./index {path}
            1| 01a2049c-5f10-7aa2-b3c0-02d6f81e6c55
            2| stored archive.csv (f81e6c55): 150,000 items in 8.6s
            2| batchctl: warning: no batchd is running; f81e6c55 is stored and waits for one
            2| hint: start it: batchd
            [2]$ batchctl submit archive2.csv -- ./index {path}
            2| archive2.csv:120003:8: error: this quote is never closed
            2| batchctl: error: 1 problem, nothing was stored
        """)


if __name__ == "__main__":
    unittest.main()
