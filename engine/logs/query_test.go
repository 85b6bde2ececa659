package logs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/fault"
)

func seqs(t *testing.T, r *Ring, q Query) []uint64 {
	t.Helper()
	m, err := q.Compile()
	if err != nil {
		t.Fatal(err)
	}
	found, _ := r.Scan(m, 0, 0, nil)
	return found
}

func TestAQueryFindsByTextStreamAndTime(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 3, 4, 5, 6, s, 0, time.UTC) }
	r := NewRing(100, 1<<20, nil)
	r.Append(
		Line{Time: at(1), Stream: Stdout, Text: "INFO Session created"},
		Line{Time: at(2), Stream: Stderr, Text: "session=ses_1 ÄRGER"},
		Line{Time: at(3), Stream: Stdout, Text: "nothing, sess"},
		Line{Stream: Meta, Text: "container restarted"},
		Line{Time: at(5), Stream: Stderr, Text: "sessionsession a.c abc"},
	)
	for _, c := range []struct {
		q    Query
		want []uint64
	}{
		{Query{}, []uint64{1, 2, 3, 4, 5}},
		{Query{Text: "session"}, []uint64{1, 2, 5}},
		{Query{Text: "Session"}, []uint64{1}},
		{Query{Text: "ärger"}, []uint64{2}},
		{Query{Text: "a.c"}, []uint64{5}},
		{Query{Text: "^a?s.ss.*[0-9]", Regexp: true}, []uint64{2}},
		{Query{Text: "SES+ION", Regexp: true}, nil},
		{Query{Streams: []Stream{Stderr}}, []uint64{2, 5}},
		{Query{From: at(2), To: at(3)}, []uint64{2, 3, 4}},
		{Query{Text: "session", Streams: []Stream{Stdout}}, []uint64{1}},
		{Query{Text: "absent"}, nil},
	} {
		if got := seqs(t, r, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.q, got, c.want)
		}
	}
	m, _ := Query{Text: "session"}.Compile()
	if got := m.Find("SessionSESSION x", 10); !slices.Equal(got, [][2]int{{0, 7}, {7, 14}}) {
		t.Errorf("places %v", got)
	}
	m, _ = Query{Text: "x*", Regexp: true}.Compile()
	if got := m.Find("axxb", 10); !slices.Equal(got, [][2]int{{1, 3}}) {
		t.Errorf("places of an expression that also matches nothing: %v", got)
	}
}

func TestASearchFindsWhatIsShown(t *testing.T) {
	r := NewRing(100, 1<<20, nil)
	r.Append(
		Line{Text: "\x1b[32mINFO\x1b[0m one"},
		Line{Text: "ser\x1b[1mvice\x1b[0m two"},
		Line{Text: "10%\r50%\rdone 100%\r"},
		Line{Text: "\x1b]8;;http://hidden\x07link\x1b]8;;\x07"},
		Line{Text: "a\tb"},
		Line{Text: "plain 32m"},
		Line{Text: "ser\avice three"},
		Line{Text: "ser\u202evi\u2069ce four, sech\u009bs"},
	)
	for _, c := range []struct {
		q    Query
		want []uint64
	}{
		{Query{Text: "service"}, []uint64{2, 7, 8}},
		{Query{Text: "sechs"}, []uint64{8}},
		{Query{Text: "32m"}, []uint64{6}},
		{Query{Text: "50%"}, nil},
		{Query{Text: "100%"}, []uint64{3}},
		{Query{Text: "hidden"}, nil},
		{Query{Text: "^INFO one$", Regexp: true}, []uint64{1}},
		{Query{Text: "^done", Regexp: true}, []uint64{3}},
		{Query{Text: "a {7}b", Regexp: true}, []uint64{5}},
	} {
		if got := seqs(t, r, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.q, got, c.want)
		}
	}
	for expression, want := range map[string][][2]int{"^a": {{0, 1}}, `\baa?`: {{0, 2}, {4, 5}}, "a$": {{4, 5}}} {
		m, err := Query{Text: expression, Regexp: true}.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Find("aaa a", 10); !slices.Equal(got, want) {
			t.Errorf("%q is at %v, want %v", expression, got, want)
		}
	}
}

func TestABadExpressionSaysWhatIsWrong(t *testing.T) {
	_, err := Query{Text: "a(b", Regexp: true}.Compile()
	if !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), "missing closing )") || strings.Contains(err.Error(), "(?i)") {
		t.Errorf("got %v", err)
	}
}

func TestWhatAnExpressionNeeds(t *testing.T) {
	for expression, want := range map[string]string{
		"abc": "abc", "a|b": "", "(foo)+bar?": "foo", "x{2,}yz": "yz", "x{0,}": "", "ERROR.*timeout": "timeout", "(?i)ask": "a", "é+naive": "naive", ".*": "", "(": "",
	} {
		if got := needs(expression); got != want {
			t.Errorf("%q needs %q, want %q", expression, got, want)
		}
	}
}

func TestAScanGoesOnWhereItStopped(t *testing.T) {
	r := NewRing(300, 1<<20, nil)
	m, _ := Query{Text: "7"}.Compile()
	var found []uint64
	var next uint64
	for i := range 1000 {
		r.Append(Line{Text: fmt.Sprint(i)})
		if i%90 == 0 {
			found, next = r.Scan(m, next, 0, found)
		}
	}
	found, next = r.Scan(m, next, 0, found)
	if next != 1000 {
		t.Errorf("the cursor is %d", next)
	}
	var want []uint64
	for i := range 1000 {
		if strings.Contains(fmt.Sprint(i), "7") {
			want = append(want, uint64(i)+1)
		}
	}
	if !slices.Equal(found, want) {
		t.Errorf("%d found, want %d", len(found), len(want))
	}
	if part, at := r.Scan(m, 900, 950, nil); at != 950 || len(part) != 5 {
		t.Errorf("a bounded scan found %v and stopped at %d", part, at)
	}
}

// The search of a full log: what a person waits for after typing.
func BenchmarkSearch200k(b *testing.B) {
	r := NewRing(200_000, 64<<20, nil)
	for i := range 200_000 {
		r.Append(Line{Stream: Stdout, Text: fmt.Sprintf("INFO  2026-03-04T05:06:07 +%dms service=server method=GET path=/session/ses_%d/message request", i%97, i)})
	}
	for name, q := range map[string]Query{
		"rare":       {Text: "ses_199999/"},
		"everywhere": {Text: "service"},
		"capitals":   {Text: "INFO"},
		"regexp":     {Text: `ses_\d+9/`, Regexp: true},
	} {
		b.Run(name, func(b *testing.B) {
			m, err := q.Compile()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r.Scan(m, 0, 0, nil)
			}
		})
	}
}

// What every line of a log costs before it is looked at.
func BenchmarkShown(b *testing.B) {
	const text = "  2026-03-04T05:06:07 +12ms service=server method=GET path=/session/ses_1/message request"
	for name, line := range map[string]string{"plain": "INFO" + text, "other letters": "情報" + text, "coloured": "\x1b[32mINFO\x1b[0m" + text} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Shown(line)
			}
		})
	}
}

func TestAnActingLetterIsSeenWhereverItStands(t *testing.T) {
	for at := range 20 {
		for _, c := range []string{"\x00", "\t", "\x1b", "\x1f", "\x7f", "\u0080", "\u009f", "\u061c", "\u200e", "\u202e", "\u2069"} {
			if line := strings.Repeat("~", at) + c + " é日"; !acting(line) {
				t.Errorf("%q is not seen", line)
			}
		}
		if line := strings.Repeat(" ", at) + "~é\u00a0\u2070日\xff" + strings.Repeat("a", at); acting(line) {
			t.Errorf("%q acts", line)
		}
	}
}
