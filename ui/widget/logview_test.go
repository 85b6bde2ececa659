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

// rowOf is the row that shows a line's part.
func rowOf(t *testing.T, v *LogView, seq uint64, part int) *logRow {
	t.Helper()
	for _, o := range v.list.body.pool {
		if row := o.(*logRow); row.Visible() && row.line.Seq == seq && row.part == part {
			return row
		}
	}
	t.Fatalf("line %d part %d is not on the screen", seq, part)
	return nil
}

// press presses the mouse at a cell of a row.
func press(v *LogView, row *logRow, cell int, modifier fyne.KeyModifier) {
	row.MouseDown(&desktop.MouseEvent{
		Button: desktop.MouseButtonPrimary, Modifier: modifier,
		PointEvent: fyne.PointEvent{Position: fyne.NewPos(v.left()+float32(cell)*v.cell, 5)},
	})
}

func TestTextIsChosenAcrossLinesAndCopied(t *testing.T) {
	source, v := logOf(t, 5)
	source.lines[2].Text = "\x1b[31m" + strings.Repeat("x", 5000) + "\x1b[0m"
	v.Changed()
	var copied string
	v.OnCopy = func(text string) { copied = text }
	press(v, rowOf(t, v, 2, 0), 2, 0)
	press(v, rowOf(t, v, 4, 0), 4, fyne.KeyModifierShift)
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if want := "ne 2\n" + strings.Repeat("x", 5000) + "\nline"; copied != want { // a line in between is whole, also what is not shown of it
		t.Errorf("copied %d letters, want %d", len(copied), len(want))
	}
	press(v, rowOf(t, v, 4, 0), 4, 0)
	rowOf(t, v, 4, 0).Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(v.left()+v.cell, 5-theme.LogRowH)}})
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if want := strings.Repeat("x", 4999) + "\nline"; copied != want {
		t.Errorf("dragged up: copied %d letters, want %d", len(copied), len(want))
	}
	v.TypedShortcut(&fyne.ShortcutSelectAll{})
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if strings.Count(copied, "\n") != 4 || !strings.HasSuffix(copied, "line 5") {
		t.Errorf("copied %q", copied)
	}
}

func TestWideLettersTakeTwoCells(t *testing.T) {
	source, v := logOf(t, 1)
	source.lines[0].Text = "日本語 ok"
	v.Changed()
	press(v, rowOf(t, v, 1, 0), 2, 0)
	press(v, rowOf(t, v, 1, 0), 7, fyne.KeyModifierShift)
	if got := v.ChosenText(); got != "本語 " {
		t.Errorf("chosen %q", got)
	}
}

func TestLongLinesAreWrappedAndStayInPlace(t *testing.T) {
	source, v := logOf(t, 40)
	v.SetOptions(LogOptions{Wrap: true, Stamps: NoTime})
	columns := v.wrap.columns
	if columns < 20 {
		t.Fatalf("%d columns", columns)
	}
	long := strings.Repeat("a", columns) + strings.Repeat("b", columns) + "c"
	source.lines[38].Text = long
	v.wrap = wrapped{}
	v.Changed()
	if got := v.rowCount(); got != 42 {
		t.Errorf("%d rows, want 42", got)
	}
	for part, want := range []string{strings.Repeat("a", columns), strings.Repeat("b", columns), "c"} {
		if got := rowOf(t, v, 39, part).spans[0].Text; got != want {
			t.Errorf("part %d is %q", part, got)
		}
	}
	press(v, rowOf(t, v, 39, 0), columns-1, 0)
	press(v, rowOf(t, v, 39, 2), 1, fyne.KeyModifierShift)
	if got := v.ChosenText(); got != "a"+strings.Repeat("b", columns)+"c" {
		t.Errorf("chosen %q", got)
	}
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	seq, _ := v.lineOf(int(v.list.scroll.Offset.Y / v.list.height))
	before := source.Line(seq).Text
	source.lines = source.lines[10:]
	source.add(5)
	v.Changed()
	line, _ := v.lineOf(int(v.list.scroll.Offset.Y / v.list.height))
	if got := source.Line(line).Text; got != before {
		t.Errorf("the first row was %q and is %q", before, got)
	}
	if got, want := v.rowCount(), 37; got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	v.SetOptions(LogOptions{})
	line, _ = v.lineOf(int(v.list.scroll.Offset.Y / v.list.height))
	if got := source.Line(line).Text; got != before {
		t.Errorf("unwrapped, the first row was %q and is %q", before, got)
	}
}

func TestWrappingFollowsAnyLog(t *testing.T) {
	var w wrapped
	source := &growing{}
	check := func(what string) {
		t.Helper()
		total := 0
		for i := range source.Len() {
			if got := w.start(i); got != total {
				t.Fatalf("%s: line %d starts at row %d, want %d", what, i, got, total)
			}
			n := w.rowsOf(shownCells(source.Line(i).Text, maxShown))
			for part := range n {
				if line, p := w.line(total + part); line != i || p != part {
					t.Fatalf("%s: row %d is line %d part %d, want %d part %d", what, total+part, line, p, i, part)
				}
			}
			total += n
		}
		if w.total() != total {
			t.Fatalf("%s: %d rows, want %d", what, w.total(), total)
		}
	}
	for round := range 60 {
		for i := range round % 7 {
			source.add(1)
			source.lines[len(source.lines)-1].Text = strings.Repeat("é", (round*i)%50)
		}
		if round%5 == 4 {
			source.lines = source.lines[len(source.lines)/3:]
		}
		w.sync(source, 10+round/20*7, maxShown)
		check(fmt.Sprint("round ", round))
	}
	other := &growing{}
	other.add(3)
	source = other
	w.sync(source, 10, maxShown)
	check("another log")
	source.lines = nil
	w.sync(source, 10, maxShown)
	check("an empty one")
}

func TestASearchIsMarkedAndShown(t *testing.T) {
	_, v := logOf(t, 100)
	v.Highlight = func(text string) [][2]int {
		if i := strings.Index(text, "1"); i >= 0 {
			return [][2]int{{i, i + 1}}
		}
		return nil
	}
	v.Reveal(31)
	row := rowOf(t, v, 31, 0)
	if v.Following() || row.marks.used != 1 || row.marks.all[0].Hidden || row.marks.all[0].FillColor != theme.Color(theme.FoundNow) {
		t.Errorf("following %v, %d marks", v.Following(), row.marks.used)
	}
	if rowOf(t, v, 32, 0).marks.used != 0 {
		t.Error("line 32 is marked")
	}
}

func TestADoubleClickOpensTheLineWhole(t *testing.T) {
	source, v := logOf(t, 3)
	source.lines[1].Text = strings.Repeat("y", 3000)
	v.Changed()
	var opened []uint64
	v.OnOpen = func(line LogLine) { opened = append(opened, line.Seq) }
	rowOf(t, v, 2, 0).DoubleTapped(nil)
	press(v, rowOf(t, v, 3, 0), 0, 0)
	v.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if fmt.Sprint(opened) != "[2 3]" {
		t.Errorf("opened %v", opened)
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

func BenchmarkWrapAFullLog(b *testing.B) {
	source := &growing{}
	source.add(200_000)
	columns := 80
	var w wrapped
	w.sync(source, columns, maxShown)
	for b.Loop() {
		columns = 160 - columns + 1
		w.sync(source, columns, maxShown)
	}
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
