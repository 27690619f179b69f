#!/usr/bin/python3 -I
"""Plugin "jinja": renders a Jinja template for each row (batch-plugin(7) describes the frames).

Templates are hostile input: they run in Jinja's immutable sandbox, without a loader, in 2 GiB of
memory, and batchd puts this process into bubblewrap and holds the deadline of every item.
"""
import difflib
import json
import os
import re
import resource
import sys
import time

MANIFEST = {
    "protocol": 1,
    "name": "jinja",
    "version": "1.0",
    "summary": "Render a Jinja template",
    "in": ["*/*"],
    "out": ["text/html", "text/plain", "text/markdown", "text/csv", "image/svg+xml",
            "application/xml", "application/json"],
    "concurrency": 64,
    "files": False,
    "jail": True,
    "lint": True,
    "options": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "to": {"type": "string",
                   "description": "what is made of the text: html, txt, md, csv, pdf, ...; markup "
                                  "(html, pdf, svg, xml) is escaped. By default the ending of the "
                                  "template's name says it"},
            "media_type": {"type": "string",
                           "description": "of the rendered text, if neither says it"},
        },
    },
}

if __name__ == "__main__" and sys.argv[1:] == ["--describe"]:
    print(json.dumps(MANIFEST))
    sys.exit(0)

try:
    from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, meta, nodes
    from jinja2.compiler import CodeGenerator
    from jinja2.debug import get_template_locals
    from jinja2.environment import Template
    from jinja2.lexer import TokenStream
    from jinja2.parser import Parser, _statement_keywords
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import missing, object_type_repr
except ImportError:
    print(json.dumps({"type": "error", "class": "config", "code": "no_jinja2",
                      "message": "Python's jinja2 is not installed",
                      "hint": "install it: apt install python3-jinja2"}))
    sys.exit(78)

MAX_TEXT = 1 << 20          # bytes of one result
MAX_MEMORY = 2 << 30        # bytes of address space
FLUSH_AFTER = 0.001         # seconds an answer may wait for the next one
ALONE = "a template is one file: it cannot load another"
OURS = {"row", "batch", "value"}

MEDIA_TYPES = {"html": "text/html", "htm": "text/html", "pdf": "text/html", "png": "text/html",
               "jpeg": "text/html", "svg": "image/svg+xml", "xml": "application/xml",
               "txt": "text/plain", "md": "text/markdown", "csv": "text/csv",
               "json": "application/json"}


# ---- the engine, with positions in its errors

def quoted(value, limit=40):
    """The value as JSON, cut to `limit` characters."""
    text = value if isinstance(value, str) else str(value)
    return json.dumps(text if len(text) <= limit else text[:limit - 3] + "...", ensure_ascii=False)


def did_you_mean(name, names):
    close = difflib.get_close_matches(name, [n for n in names if isinstance(n, str)], 1)
    return f'; did you mean "{close[0]}"?' if close else ""


class Missing(StrictUndefined):
    """An undefined name that says what there is instead."""
    __slots__ = ()

    @property
    def _undefined_message(self):
        name, of = self._undefined_name, self._undefined_obj
        if self._undefined_hint:
            return self._undefined_hint
        if of is missing:
            return f'"{name}" is not defined' + did_you_mean(name, Environment.columns)
        if isinstance(of, dict):
            return f"there is no {quoted(name)} in the object" + did_you_mean(str(name), of)
        if of is None:
            return f"null has no {quoted(name)}"
        return f"{object_type_repr(of)} has no {quoted(name)}"


class Unfolded:
    """Runs nothing of the template at compile time: {{ 9**9**9 }} is the item's time, not ours."""

    def _output_child_to_const(self, node, frame, finalize):
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible()
        return super()._output_child_to_const(node, frame, finalize)


class Generator(Unfolded, CodeGenerator):
    pass


class Tracker(Unfolded, meta.TrackingCodeGenerator):
    """Finds the names a template reads and does not set."""


class TagParser(Parser):
    """Knows where the open blocks begin."""

    def __init__(self, *args, **named):
        self.begins = []
        super().__init__(*args, **named)

    def parse_statement(self):
        self.begins.append(self.environment.at)
        try:
            return super().parse_statement()
        finally:
            self.begins.pop()

    def _fail_ut_eof(self, name, end_token_stack, lineno):
        open_block = self._tag_stack[-1] if self._tag_stack else None
        if name is None and open_block:
            self.environment.at = self.begins[-1]
            self.fail(f'"{open_block}" is never closed; {{% end{open_block} %}} is missing',
                      self.begins[-1][0])
        if name in {"elif", "else"} or (name or "").startswith("end"):
            begin = self.begins[len(self._tag_stack) - 1][0] if open_block else 0
            self.fail(f'"{name}" closes nothing here; ' + (
                f'the open block is "{open_block}" of line {begin}' if open_block
                else "no block is open"), lineno)
        self.fail(f'there is no tag "{name}"' + did_you_mean(name or "", _statement_keywords),
                  lineno)


class Environment(ImmutableSandboxedEnvironment):
    code_generator_class = Generator
    columns = ()        # what the item that is being rendered has
    at = (1, 1)         # line and column of the last token that was read

    def __init__(self, escape):
        super().__init__(autoescape=escape, undefined=Missing, optimized=False)

    def _parse(self, source, name, filename):
        return TagParser(self, source, name, filename).parse()

    def _tokenize(self, source, name, filename=None, state=None):
        tokens = (token[:3] for token in located(self, source))
        return TokenStream(self.lexer.wrap(tokens, name, filename), name, filename)


def located(env, source):
    """The tokens with their places: (line, type, text, line, column); env.at follows."""
    source = re.sub(r"\r\n|\r", "\n", source)
    offset, line, begin = 0, 1, 0
    for token in env.lexer.tokeniter(source, None):
        if token[2].strip():
            found = source.find(token[2], offset)
            line += source.count("\n", offset, found)
            begin = source.rfind("\n", 0, found) + 1
            env.at = (line, found - begin + 1)
            line += token[2].count("\n")
            offset = found + len(token[2])
        yield (*token, *env.at)


# ---- templates and what goes wrong in them

def error_text(error):
    return getattr(error, "message", None) or str(error) or type(error).__name__


class Failure(Exception):
    """Becomes the error frame of an item."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def kind_of(name, source, options):
    """The media type of the text, and whether values are escaped in it."""
    stem = re.sub(r"\.(j2|jinja2?)$", "", name)
    kind = options.get("to") or (stem.rpartition(".")[2] if "." in stem else "")
    media_type = MEDIA_TYPES.get(kind.lower()) or options.get("media_type")
    if not media_type:
        media_type = "text/html" if source.lstrip().startswith("<") else "text/plain"
    return media_type, bool(re.search(r"html|xml", media_type))


def advice(message):
    """Jinja's words for a syntax error, and what to do about the usual ones."""
    message = re.sub(r"'([^']+)'", r'"\1"', re.sub(r" at \d+$", "", message)).rstrip(".")
    usual = {'got "="$': "to compare, write ==",
             'unexpected char "&"': 'write "and"',
             'unexpected char "!"': 'write "not"',
             'got "\\|"|unexpected char "\\|"': 'write "or"',
             'unexpected char "\\$"': "a name is written without $",
             "unexpected char \"['\"]\"|unexpected char '\"'": "this text is never closed"}
    hints = [hint for pattern, hint in usual.items() if re.search(pattern, message)]
    return message[:1].lower() + message[1:] + "".join(f"; {hint}" for hint in hints[:1])


def line_of(source, number):
    lines = re.split(r"\r\n|\r|\n", source)
    return lines[min(number, len(lines)) - 1]


def column_of(env, error, source):
    """Of the token a syntax error is about; the first of its line if that is not known."""
    place = re.search(r" at (\d+)$", error.message or "")
    if place:
        normal = re.sub(r"\r\n|\r", "\n", source)
        return int(place[1]) - normal.rfind("\n", 0, int(place[1]))
    line = line_of(source, error.lineno)
    named = re.search(r"named '(\w+)'", error.message or "")
    if named:
        return line.find(named[1]) + 1
    if env.at[0] != error.lineno:
        return len(line) - len(line.lstrip()) + 1
    stray = re.match(r"unexpected '([]})])'", error.message or "")
    return (line.find(stray[1], env.at[1]) if stray else env.at[1] - 1) + 1


class Rendering:
    """One template, compiled once."""

    def __init__(self, name, source, options):
        self.name, self.source = name, source
        media_type, escape = kind_of(name, source, options)
        self.answer_end = f'"media_type":{text_to_json(media_type)}}}'
        self.env = Environment(escape)
        code = self.env.compile(source, name, name)
        self.template = Template.from_code(self.env, code, {})

    def render(self, item):
        """The text for the item; throws Failure."""
        variables = variables_of(item)
        Environment.columns = variables
        # Jinja would merge the two by way of a ChainMap, which costs more than all the rest.
        context = self.template.new_context({**self.env.globals, **variables}, shared=True)
        pieces, size = [], 0
        try:
            for piece in self.template.root_render_func(context):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_TEXT:
                    break
            text = "".join(pieces)
            size = len(text.encode())
        except Exception as error:
            raise self.explain(error, variables) from None
        if size > MAX_TEXT:
            raise Failure("too_large", f"{self.name}:1: the rendered text is over 1 MiB, with what "
                          "is embedded in it")
        return text

    def explain(self, error, variables):
        line, variables = self.place_of(error, variables)
        code = "undefined_variable" if isinstance(error, UndefinedError) else "template_error"
        message = str(error)
        if isinstance(error, UnicodeEncodeError):
            code, message = "not_utf8", "the text has a lone surrogate, which UTF-8 cannot hold"
        elif isinstance(error, OverflowError):
            message = "a range is limited to 100000 numbers"
        elif isinstance(error, MemoryError):
            message = "it needs more than 2 GiB of memory"
        elif isinstance(error, RecursionError):
            message = "it calls itself without end"
        elif isinstance(error, TypeError):
            message = self.text_as_number(line, variables) or message
            if "no loader" in message:
                message = ALONE
        message = message or type(error).__name__
        return Failure(code, f"{self.name}:{line}: {message.rstrip('.')}")

    def place_of(self, error, variables):
        """The line of the innermost template frame, and the variables that are seen there."""
        line, trace = 1, error.__traceback__
        while trace:
            if trace.tb_frame.f_globals.get("__jinja_template__") is self.template:
                line = self.template.get_corresponding_lineno(trace.tb_lineno)
                variables = {**variables, **get_template_locals(trace.tb_frame.f_locals)}
            trace = trace.tb_next
        return line, variables

    def text_as_number(self, line, variables):
        """Names the variable of this line that is text where a number is needed; None: none is."""
        operations = (nodes.Compare, nodes.BinExpr, nodes.Neg, nodes.Pos, nodes.Filter)
        for node in self.env.parse(self.source).find_all(operations):
            if node.lineno != line or isinstance(node, (nodes.And, nodes.Or)):
                continue
            operands = operands_of(node)
            values = [value_of(operand, variables) for operand in operands]
            if len(values) > 1 and all(isinstance(value, str) for value in values):
                continue
            for operand, value in zip(operands, values):
                if isinstance(value, str) and not isinstance(operand, nodes.Const):
                    return say_text(spelling(operand), value, variables.get("row"))
        return None


def operands_of(node):
    if isinstance(node, nodes.Compare):
        return [node.expr, *(operand.expr for operand in node.ops)]
    if isinstance(node, nodes.BinExpr):
        return [node.left, node.right]
    if isinstance(node, nodes.Filter):
        return [node.node] if node.name in {"abs", "round", "sum"} and node.node else []
    return [node.node]


def value_of(node, variables):
    """What a name, an attribute or a constant stands for; None for anything else."""
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Name):
        return variables.get(node.name)
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        of = value_of(node.node, variables)
        key = node.attr if isinstance(node, nodes.Getattr) else value_of(node.arg, variables)
        return of.get(key) if isinstance(of, dict) and isinstance(key, str) else None
    return None


def spelling(node):
    if isinstance(node, nodes.Getattr):
        return f"{spelling(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{spelling(node.node)}[{quoted(getattr(node.arg, 'value', '...'))}]"
    return getattr(node, "name", "...")


def say_text(name, value, row):
    convert = "float" if re.fullmatch(r"\s*-?\d*\.\d+\s*", value) else "int"
    cells = isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values())
    return (f'"{name}" is text ({quoted(value)}); {"CSV cells are text, " if cells else ""}'
            f"write {{{{ {name}|{convert} }}}}")


def variables_of(item):
    """The columns by their names, and our own: row, batch, and value for an item that is a text."""
    row = item.get("row")
    batch = {"id": item.get("batch"), "index": item.get("index")}
    before = item.get("input")
    if before is not None:
        batch["output"] = before
    if isinstance(row, dict):
        return {**row, "row": row, "batch": batch}
    return {"value": row, "row": row, "batch": batch}


# ---- --lint

def lint(request):
    template = request["template"]
    name, source = template.get("name", "template"), template.get("source", "")
    env = Environment(kind_of(name, source, request.get("options") or {})[1])
    try:
        tree = env.parse(source, name, name)
        errors = loads_of(tree, source)
        env.compile(source, name, name)
        names = free_names(env, tree, source)
    except TemplateSyntaxError as error:
        message = advice(error.message or "")
        named = re.match(r'no (filter|test) named "(\w+)"', message)
        if named:
            message += did_you_mean(named[2], getattr(env, named[1] + "s"))
        return {"errors": [{"line": error.lineno, "column": column_of(env, error, source),
                            "message": message}], "names": []}
    except (RecursionError, SyntaxError):  # Jinja's parser and Python's compiler have their limits
        return {"errors": [{"line": 1, "column": 1, "message": "it is nested too deeply"}],
                "names": []}
    return {"errors": errors, "names": names}


def loads_of(tree, source):
    """What wants another template."""
    loads = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    return [{"line": node.lineno, "column": line_of(source, node.lineno).find("{%") + 1,
             "message": ALONE} for node in tree.find_all(loads)]


def free_names(env, tree, source):
    """Names a row must have, where they stand first; not those the template sets or allows to miss."""
    tracker = Tracker(env)
    tracker.optimizer = None
    tracker.visit(tree)
    names = tracker.undeclared_identifiers - OURS - set(env.globals)
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        optional = node.name in {"default", "d", "defined", "undefined"}
        if optional and isinstance(node.node, nodes.Name):
            names.discard(node.node.name)
    names -= {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    found, before = {}, ""
    for _, kind, text, line, column in located(env, source):
        if kind == "name" and text in names and before not in {".", "|", "is"}:
            found.setdefault(text, {"name": text, "line": line, "column": column})
        if text.strip():
            before = text
    return sorted(found.values(), key=lambda name: (name["line"], name["column"]))


# ---- frames

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
text_to_json = json.encoder.encode_basestring
from_json = json.JSONDecoder().raw_decode


class Server:
    def __init__(self, out):
        self.out = out
        self.answers = []
        self.flushed = 0.0
        self.renderings = {}
        self.first = {}

    def take(self, frame):
        kind = frame.get("type")
        if kind == "item":
            self.answers.append(self.item(frame))
        elif kind == "init":
            self.init(frame)
        elif kind == "ping":
            self.answers.append('{"type":"pong"}')

    def init(self, frame):
        self.first = frame
        if "source" not in (frame.get("template") or {}):
            self.refuse("no_template", "there is no template to render",
                        "name one: --template FILE")
        try:
            self.rendering(frame.get("options") or {})
        except Exception as error:
            line = getattr(error, "lineno", 1)
            name = frame["template"].get("name", "template")
            self.refuse("template_error", f"{name}:{line}: {advice(error_text(error))}",
                        "check it: batchctl template lint " + name)
        self.answers.append('{"type":"ready"}')

    def refuse(self, code, message, hint):
        self.answers.append(to_json({"type": "error", "class": "config", "code": code,
                                     "message": message, "hint": hint}))
        self.flush()
        sys.exit(78)

    def rendering(self, options):
        """The template under these options; an item can bring some of its own."""
        key = (options.get("to"), options.get("media_type"))
        if key not in self.renderings:
            template = self.first["template"]
            self.renderings[key] = Rendering(template.get("name", "template"),
                                             template["source"], options)
        return self.renderings[key]

    def item(self, frame):
        try:
            rendering = self.rendering(frame.get("options") or self.first.get("options") or {})
            text = text_to_json(rendering.render(frame))
            return f'{{"type":"result","id":{frame["id"]},"text":{text},{rendering.answer_end}'
        except Failure as failure:
            return to_json({"type": "error", "id": frame["id"], "class": "permanent",
                            "code": failure.code, "message": str(failure)})

    def flush(self):
        data = memoryview("\n".join([*self.answers, ""]).encode("utf-8", "replace"))
        self.answers.clear()
        while data:
            data = data[os.write(self.out, data):]
        self.flushed = time.perf_counter()

    def serve(self):
        rest = b""
        while chunk := os.read(0, 1 << 18):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            self.flushed = time.perf_counter()
            for line in lines:
                try:
                    self.take(from_json(line.decode())[0])
                except (ValueError, RecursionError, AttributeError, LookupError) as error:
                    print(f"a frame is not understood: {error}", file=sys.stderr)
                if self.answers and time.perf_counter() - self.flushed > FLUSH_AFTER:
                    self.flush()
            if self.answers:
                self.flush()


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    if sys.argv[1:] == ["--lint"]:
        print(json.dumps(lint(json.load(sys.stdin))))
        return 0
    if sys.argv[1:]:
        print(f"usage: {sys.argv[0]} [--describe | --lint]", file=sys.stderr)
        return 2
    frames = os.dup(1)
    os.dup2(2, 1)
    Server(frames).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
