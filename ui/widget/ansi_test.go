package widget

import (
	"strings"
	"testing"
	"unicode/utf8"

	"berth/engine/logs"
	"berth/ui/theme"
)

func TestALineIsReadAsTextAndColours(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want []span
	}{
		"plain":                       {"hello", []span{{"hello", theme.Text, false}}},
		"empty":                       {"", nil},
		"a colour and back":           {"a\x1b[31mb\x1b[0mc", []span{{"a", theme.Text, false}, {"b", theme.Bad, false}, {"c", theme.Text, false}}},
		"bold green":                  {"\x1b[1;32mok\x1b[m", []span{{"ok", theme.OK, true}}},
		"256 colours stay ours":       {"\x1b[38;5;196mx\x1b[39my", []span{{"x", theme.Text, false}, {"y", theme.Text, false}}},
		"RGB too":                     {"\x1b[38;2;255;0;0mx", []span{{"x", theme.Text, false}}},
		"cursor moves do nothing":     {"a\x1b[2J\x1b[10;10Hb", []span{{"ab", theme.Text, false}}},
		"a hyperlink never acts":      {"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", []span{{"link", theme.Text, false}}},
		"a title never acts":          {"\x1b]0;evil\x07text", []span{{"text", theme.Text, false}}},
		"an escape without an end":    {"text\x1b[31", []span{{"text", theme.Text, false}}},
		"a lone escape at the end":    {"text\x1b", []span{{"text", theme.Text, false}}},
		"progress keeps the last":     {"10 %\r50 %\r100 %", []span{{"100 %", theme.Text, false}}},
		"a return at the end":         {"done\r", []span{{"done", theme.Text, false}}},
		"tabs are spaces":             {"a\tb", []span{{"a       b", theme.Text, false}}},
		"control letters vanish":      {"a\x00\x07b", []span{{"ab", theme.Text, false}}},
		"letters of every script":     {"日本語 é", []span{{"日本語 é", theme.Text, false}}},
		"a charset switch is no text": {"\x1b(Bx", []span{{"x", theme.Text, false}}},
		"C1 letters vanish":           {"a\u009b31mb\u009d0;c", []span{{"a31mb0;c", theme.Text, false}}},
		"writing is never turned":     {"a\u202eb\u2066c\u200f", []span{{"abc", theme.Text, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := parseANSI(c.line, theme.Text)
			if len(got) != len(c.want) {
				t.Fatalf("got %+v, want %+v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %+v, want %+v", got[i], c.want[i])
				}
			}
		})
	}
}

func TestALongLineIsCutOnTheScreenOnly(t *testing.T) {
	line := strings.Repeat("x", 90_000)
	got := parseANSI(line, theme.Text)
	if len(got) != 1 || len([]rune(got[0].text)) != maxShown+1 {
		t.Errorf("%d letters are shown", len([]rune(got[0].text)))
	}
	if PlainText(line) != line {
		t.Error("a copy is cut too")
	}
}

func TestACopyHasNoControlSequences(t *testing.T) {
	if got := PlainText("\x1b[31ma\x1b[0m\tb\x1b]8;;x\x07"); got != "a\tb" {
		t.Errorf("got %q", got)
	}
	if got := PlainText("a\u009b31mb\u009d0;c\x07\u202ed\u2069\t\u061ce"); got != "a31mb0;cd\te" {
		t.Errorf("of what acts, %q is copied", got)
	}
	if got := PlainText("10%\r50%\r\x1b[32m100%\x1b[0m done\r"); got != "100% done" {
		t.Errorf("of a progress that was written over itself, %q is copied", got)
	}
}

func FuzzParseANSI(f *testing.F) {
	for _, s := range []string{
		"\x1b[31ma", "\x1b]8;;x\x1b\\y", "\x1b", "a\rb\tc", "\xff\xfe\x1b[38;5", "\u009b31ma\u009d0;x\x07", "\u202ea\u2066b\u061c", "日本\t語", "\xc2\x07\x9b31m",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var seen strings.Builder
		for _, s := range parseANSI(line, theme.Text) {
			if strings.ContainsFunc(s.text, logs.Acts) {
				t.Errorf("%q shows %q", line, s.text)
			}
			seen.WriteString(s.text)
		}
		copied := PlainText(line)
		if strings.ContainsFunc(strings.ReplaceAll(copied, "\t", ""), logs.Acts) {
			t.Errorf("%q is copied as %q", line, copied)
		}
		shown := logs.Shown(line)
		if strings.ContainsFunc(shown, logs.Acts) {
			t.Errorf("%q is searched as %q", line, shown)
		}
		// What a search found is marked by its place in what is seen.
		if utf8.ValidString(line) && utf8.RuneCountInString(line)*8 < maxShown && seen.String() != shown {
			t.Errorf("%q is seen as %q, and searched as %q", line, seen.String(), shown)
		}
	})
}
