package widget

import (
	"context"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// place is a character of a log: a line and a cell of its shown text.
type place struct {
	seq  uint64
	cell int
}

func (p place) before(o place) bool { return p.seq < o.seq || p.seq == o.seq && p.cell < o.cell }

// choice is the chosen text: from where the mouse went down to where it is now. A zero Seq is none.
type choice struct{ from, to place }

func (c choice) none() bool { return c.from.seq == 0 || c.from == c.to }

// ends are its ends in the order of the log.
func (c choice) ends() (low, high place) {
	if c.to.before(c.from) {
		return c.to, c.from
	}
	return c.from, c.to
}

// in is the chosen part of a line with that many cells.
func (c choice) in(seq uint64, length int) (from, to int) {
	if c.none() {
		return 0, 0
	}
	low, high := c.ends()
	if seq < low.seq || seq > high.seq {
		return 0, 0
	}
	from, to = 0, length
	if seq == low.seq {
		from = min(low.cell, length)
	}
	if seq == high.seq {
		to = min(high.cell, length)
	}
	return from, to
}

// TypedShortcut copies the chosen text, or chooses all.
func (v *LogView) TypedShortcut(s fyne.Shortcut) {
	if passShortcut(v, s) {
		return
	}
	switch s.(type) {
	case *fyne.ShortcutCopy:
		v.Copy()
	case *fyne.ShortcutSelectAll:
		v.SelectAll()
	}
}

// Copy hands the chosen text to OnCopy, when there is any. Where it can, it puts the text together away from the main
// goroutine: a whole log takes its time.
func (v *LogView) Copy() {
	if v.chosen.none() || v.OnCopy == nil {
		return
	}
	source, ok := v.source.(freezer)
	if !ok || v.Async == nil {
		v.OnCopy(v.ChosenText())
		return
	}
	frozen, chosen, limit := source.Frozen(), v.chosen, v.limit()
	v.Async(func(context.Context) func() {
		text := chosenText(frozen, chosen, limit)
		return func() { v.OnCopy(text) }
	})
}

// SelectAll chooses every line.
func (v *LogView) SelectAll() {
	if n := v.source.Len(); n > 0 {
		v.chosen = choice{place{v.source.Line(0).Seq, 0}, place{v.source.Line(n - 1).Seq, v.limit() + 1}}
		v.list.body.show(true)
	}
}

// ChosenText is the chosen text without control sequences. Lines that are chosen to their end are whole, also beyond what is
// shown of them.
func (v *LogView) ChosenText() string { return chosenText(v.source, v.chosen, v.limit()) }

func chosenText(source LogSource, chosen choice, limit int) string {
	if chosen.none() {
		return ""
	}
	low, high := chosen.ends()
	var text strings.Builder
	for i := findLine(source, low.seq); i < source.Len(); i++ {
		line := source.Line(i)
		if line.Seq > high.seq {
			break
		}
		if line.Seq > low.seq {
			text.WriteByte('\n')
		}
		if line.Seq > low.seq && line.Seq < high.seq {
			text.WriteString(PlainText(line.Text))
			continue
		}
		shown := shownText(line.Text, limit)
		from, to := chosen.in(line.Seq, cells(shown))
		switch {
		case to < cells(shown):
			text.WriteString(shown[byteAt(shown, from):byteAt(shown, to)])
		case from == 0:
			text.WriteString(PlainText(line.Text))
		default:
			whole := shownText(line.Text, math.MaxInt)
			text.WriteString(whole[byteAt(whole, from):])
		}
	}
	return text.String()
}

// WriteText gives every line of a source as plain text, as it is read.
func WriteText(source LogSource, write func(line string) error) error {
	for i := range source.Len() {
		if err := write(PlainText(source.Line(i).Text)); err != nil {
			return err
		}
	}
	return nil
}

// shownText is a line as it stands on the screen, up to so many characters.
func shownText(line string, limit int) string {
	var text strings.Builder
	for _, s := range parseUpTo(line, "", limit) {
		text.WriteString(s.text)
	}
	return text.String()
}

// openChosen opens the line where the choice ends; without one that a search stands at, or else the last on the screen.
func (v *LogView) openChosen() {
	if v.OnOpen == nil {
		return
	}
	if i := v.keyLine(); i >= 0 {
		v.OnOpen(v.source.Line(i))
	}
}

// keyLine is the line that the keyboard is at; -1 when there is none.
func (v *LogView) keyLine() int {
	n := v.source.Len()
	seq := v.chosen.to.seq
	if seq == 0 {
		seq = v.current
	}
	if seq != 0 {
		if i := v.find(seq); i < n {
			return i
		}
	}
	bottom := int((v.list.scroll.Offset.Y+v.list.scroll.Size().Height)/v.list.height) - 1
	line, _ := v.lineOf(max(0, bottom))
	return min(line, n-1)
}

// extend chooses whole lines by the keyboard: the one it is at, and then one more or less.
func (v *LogView) extend(by int) {
	i := v.keyLine()
	if i < 0 {
		return
	}
	if v.chosen.none() {
		v.chosen = choice{place{v.source.Line(i).Seq, 0}, place{v.source.Line(i).Seq, v.limit() + 1}}
	} else {
		i = max(0, min(i+by, v.source.Len()-1))
		v.chosen.to = place{v.source.Line(i).Seq, v.limit() + 1}
		if v.chosen.to.seq < v.chosen.from.seq {
			v.chosen.to.cell = 0
		}
	}
	v.setFollowing(false)
	if row := float32(v.rowOf(i)) * v.list.height; row < v.list.scroll.Offset.Y {
		v.scroll(row)
	} else if bottom := row + v.list.height - v.list.scroll.Size().Height; bottom > v.list.scroll.Offset.Y {
		v.scroll(bottom)
	}
	v.hold()
	v.list.body.show(true)
}

// shifted reports whether Shift is held, which Fyne does not say of a key.
func shifted() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// at is the place under a position in the list's scrolled body.
func (v *LogView) at(p fyne.Position) (place, bool) {
	row := max(0, int(p.Y/v.list.height))
	line, part := v.lineOf(row)
	if line >= v.source.Len() {
		n := v.source.Len()
		if n == 0 {
			return place{}, false
		}
		return place{v.source.Line(n - 1).Seq, v.limit() + 1}, true
	}
	cell := int((p.X-v.left())/v.cell + 0.5)
	return place{v.source.Line(line).Seq, max(0, cell) + part*v.wrapColumns()}, true
}

func (v *LogView) wrapColumns() int {
	if v.options.Wrap {
		return v.wrap.columns
	}
	return 0
}

// choose begins a choice, or extends the present one to there.
func (v *LogView) choose(to place, extend bool) {
	if !extend || v.chosen.from.seq == 0 {
		v.chosen.from = to
	}
	v.chosen.to = to
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil && c.Focused() != fyne.Focusable(v) {
		c.Focus(v)
	}
	v.list.body.show(true)
}

// drag extends the choice to a position in the body, and scrolls when that is beyond the screen.
func (v *LogView) drag(p fyne.Position) {
	y, height := v.list.scroll.Offset.Y, v.list.scroll.Size().Height
	switch {
	case p.Y < y:
		v.list.scrollTo(y - v.list.height)
		v.scrolled()
	case p.Y > y+height:
		v.list.scrollTo(y + v.list.height)
		v.scrolled()
	}
	if to, ok := v.at(p); ok {
		v.choose(to, true)
	}
}
