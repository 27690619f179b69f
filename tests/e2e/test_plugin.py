"""Plugins: written, tested and used as the manual shows it."""

import os
import unittest

from house import BUILD, SOURCE
from transcript import Transcript

SHIPPED = os.path.abspath(os.path.join(BUILD, "libexec/batch/plugins"))


class PluginInTwentyMinutes(Transcript):
    def test_from_new_to_a_step(self):
        self.env.pop("XDG_DATA_HOME")
        self.write("people.csv", "name\nAda Lovelace\n")
        os.makedirs(self.path(".local/share/batch/plugins"))
        with open(os.path.join(SOURCE, "man/examples/shout"), encoding="utf-8") as file:
            text = "".join(f"            1| {line}" for line in file)
        self.transcript(f"""
            [0]$ batchctl plugin new -q ./shout && cat ./shout
{text}
            [1]$ sed -i 's/^for line/print("hello")\\nfor line/' shout; batchctl plugin test ./shout:column=name
            1| ok    describe      protocol 1, shout 1.0, 1 option
            1| FAIL  handshake     line 1 of stdout is no frame: hello
            1|       mend          stdout is for frames; print to stderr: it becomes the item's log
            2| 1 of 11 checks passed, 1 failed, 9 not run
            [0]$ sed -i '/hello/d' shout; batchctl plugin test ./shout:column=name -q && cp shout ~/.local/share/batch/plugins/
            [0]$ batchctl run people.csv --step shout:column=name -q >/dev/null && batchctl results @last --format text | head -1
            1| ADA LOVELACE
            [2]$ batchctl submit people.csv --step shout:colum=name
            2| batchctl: error: plugin shout has no option "colum" (it has: column); nothing was stored
            2| hint: did you mean: --step shout:column=name
            [3]$ batchctl submit people.csv --step shuot:column=name
            2| batchctl: error: there is no plugin "shuot"; looked in {SHIPPED}, /usr/local/libexec/batch/plugins, ~/.local/share/batch/plugins
            2| hint: did you mean: --step shout:column=name
        """)

    def test_the_example_takes_the_name_of_its_file(self):
        self.ctl("plugin", "new", "./upper-case")
        done = self.ctl("plugin", "test", "./upper-case:column=name")
        self.assertIn("ok    describe      protocol 1, upper-case 1.0, 1 option\n", done.out)

    def test_a_file_that_is_there_stays(self):
        self.write("shout", "mine")
        self.transcript("""
            [9]$ batchctl plugin new ./shout
            2| batchctl: error: ./shout is there already
            2| hint: write it under another name: batchctl plugin new ./shout-2
        """)
        with open(self.path("shout"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")


if __name__ == "__main__":
    unittest.main()
