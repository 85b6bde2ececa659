package widget

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"berth/ui/theme"
)

// growing is a log that lets old lines go.
type growing struct{ lines []LogLine }

func (g *growing) Len() int           { return len(g.lines) }
func (g *growing) Line(i int) LogLine { return g.lines[i] }

func (g *growing) add(n int) {
	for range n {
		seq := uint64(1)
		if len(g.lines) > 0 {
			seq = g.lines[len(g.lines)-1].Seq + 1
		}
		g.lines = append(g.lines, LogLine{Seq: seq, Text: fmt.Sprint("line ", seq)})
	}
}

// top is the text of the first row that is whole on the screen.
func top(v *LogView) string {
	i := int((v.list.scroll.Offset.Y + theme.LogRowH - 1) / theme.LogRowH)
	return v.source.Line(i).Text
}

func logOf(t *testing.T, lines int) (*growing, *LogView) {
	t.Helper()
	source := &growing{}
	source.add(lines)
	v := NewLogView(source)
	shown(t, v, 400, 216) // ten rows
	v.Changed()
	return source, v
}

func TestALogFollowsItsEnd(t *testing.T) {
	source, v := logOf(t, 100)
	if got := top(v); got != "line 91" {
		t.Errorf("the first row is %q", got)
	}
	source.add(50)
	v.Changed()
	if got := top(v); got != "line 141" {
		t.Errorf("the first row is %q", got)
	}
}

func TestScrollingUpLetsGoAndTheEndTakesHoldAgain(t *testing.T) {
	source, v := logOf(t, 100)
	var told []bool
	v.OnFollow = func(f bool) { told = append(told, f) }
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	source.add(50)
	v.Changed()
	if v.Following() || top(v) != "line 1" {
		t.Errorf("following %v, first row %q", v.Following(), top(v))
	}
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	source.add(1)
	v.Changed()
	if !v.Following() || top(v) != "line 142" {
		t.Errorf("following %v, first row %q", v.Following(), top(v))
	}
	if fmt.Sprint(told) != "[false true]" {
		t.Errorf("told %v", told)
	}
}

func TestLinesThatFallOutDoNotMoveWhatIsRead(t *testing.T) {
	source, v := logOf(t, 100)
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	for range 3 {
		v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	}
	before := top(v)
	source.lines = source.lines[20:]
	source.add(20)
	v.Changed()
	if got := top(v); got != before {
		t.Errorf("the first row was %q and is %q", before, got)
	}
}

func TestChosenLinesAreCopiedWhole(t *testing.T) {
	source, v := logOf(t, 5)
	source.lines[2].Text = "\x1b[31m" + strings.Repeat("x", 5000) + "\x1b[0m"
	v.Changed()
	var copied string
	v.OnCopy = func(text string) { copied = text }
	rowOf := func(seq uint64) *logRow {
		for _, o := range v.list.body.pool {
			if row := o.(*logRow); row.Visible() && row.line.Seq == seq {
				return row
			}
		}
		t.Fatalf("line %d is not on the screen", seq)
		return nil
	}
	rowOf(2).MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	rowOf(4).MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: fyne.KeyModifierShift})
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if want := "line 2\n" + strings.Repeat("x", 5000) + "\nline 4\n"; copied != want {
		t.Errorf("copied %d letters, want %d", len(copied), len(want))
	}
	v.TypedShortcut(&fyne.ShortcutSelectAll{})
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if strings.Count(copied, "\n") != 5 {
		t.Errorf("copied %q", copied)
	}
}

func TestALogKeepsRowsForTheScreenOnly(t *testing.T) {
	_, v := logOf(t, 100_000)
	if n := len(v.list.body.pool); n > 14 {
		t.Errorf("%d rows for a window of 10", n)
	}
}

func TestAnEmptyLogIsNoTrouble(t *testing.T) {
	_, v := logOf(t, 0)
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	v.TypedShortcut(&fyne.ShortcutCopy{})
	v.TypedShortcut(&fyne.ShortcutSelectAll{})
}

func BenchmarkLogRefresh(b *testing.B) {
	source := &growing{}
	source.add(100_000)
	v := NewLogView(source)
	v.Resize(fyne.NewSize(1000, 600))
	for b.Loop() {
		source.add(10)
		v.Changed()
	}
}
