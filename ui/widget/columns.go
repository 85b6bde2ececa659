package widget

import (
	"math"

	"fyne.io/fyne/v2"

	"berth/ui/theme"
)

// Column describes one column of a DataTable.
type Column[T any] struct {
	ID      string
	Label   string
	Width   float32 // least, in Fyne's units
	Flex    float32 // its share of what is left over
	Right   bool    // numbers, which stand under each other at the right
	Drop    int     // columns with the highest go first where there is no room for all; 0 never does
	Create  func() fyne.CanvasObject
	Update  func(cell fyne.CanvasObject, row T)
	Compare func(a, b T) int // the order when it is sorted by; nil for none

	// Need is how wide a row's cell would be with all that is in it. Where cells of one column would be cut while those of another
	// have room to spare, the one lends to the other. Nil neither lends nor borrows.
	Need func(row T) float32
}

// gap is the space behind the column's cells.
func (c Column[T]) gap() float32 {
	if c.Right {
		return 2 * theme.Space12 // what follows begins at its left
	}
	return theme.Space12
}

// needStep is what needs are rounded up to: figures that count seconds would move all columns each second.
const needStep = 8

// headStyle is that of the columns' labels.
var headStyle = TextStyle{Color: theme.Muted, Size: theme.SecondSize, Bold: true}

// measure is how wide each column's cells need it to be, the widest of all rows and of its label with the mark of the order; 0 where
// it does not say.
func measure[T any](columns []Column[T], rows []T) []float32 {
	needs := make([]float32, len(columns))
	for i, c := range columns {
		if c.Need == nil {
			continue
		}
		needs[i] = TextWidth(c.Label+" ↑", headStyle)
		for _, row := range rows {
			needs[i] = max(needs[i], c.Need(row))
		}
		needs[i] = needStep * float32(math.Ceil(float64(needs[i]/needStep)))
	}
	return needs
}

// place gives each column its left edge and width in a row that wide; a column that has no room has the width 0.
func (t *DataTable[T]) place(width float32) (x, w []float32) {
	var least, flex, yield float32
	dropped := math.MaxInt
	for {
		least, flex, yield = 0, 0, 0
		next := 0
		for _, c := range t.columns {
			if c.Drop < dropped && !t.hidden[c.ID] {
				least += c.Width
				flex += c.Flex
				yield += c.Flex * c.Flex
				next = max(next, c.Drop)
			}
		}
		if least <= width-2*theme.Space16 || next == 0 {
			break
		}
		dropped = next
	}
	spare := width - least - 2*theme.Space16
	wide := make([]float32, len(t.columns)) // with the gap behind it
	for i, c := range t.columns {
		if c.Drop >= dropped || t.hidden[c.ID] {
			continue
		}
		wide[i] = c.Width
		switch {
		case spare > 0 && flex > 0:
			wide[i] += spare * c.Flex / flex
		case spare < 0 && yield > 0: // what is missing is taken from the columns with most to give
			wide[i] += spare * c.Flex * c.Flex / yield
		}
	}
	t.lend(wide)
	at := theme.Space16
	for i, c := range t.columns {
		x, w = append(x, at), append(w, max(0, wide[i]-c.gap()))
		at += wide[i]
	}
	return x, w
}

// lend moves room from the columns whose cells need less than they have to those whose cells would be cut. A lender keeps most of
// its own width: what is short in it now, such as a state, is longer in a moment, and would move the others each time.
func (t *DataTable[T]) lend(wide []float32) {
	if len(t.needs) == 0 {
		return
	}
	rest := make([]float32, len(wide)) // what each has beyond its need; negative where its cells are cut
	var lack, slack float32
	for i, c := range t.columns {
		if c.Need == nil || wide[i] == 0 {
			continue
		}
		rest[i] = wide[i] - max(t.needs[i]+c.gap(), c.Width*3/4)
		lack += max(0, -rest[i])
		slack += max(0, rest[i])
	}
	moved := min(lack, slack)
	if moved <= 0 {
		return
	}
	for i := range wide {
		if rest[i] < 0 {
			wide[i] += moved * -rest[i] / lack
		} else {
			wide[i] -= moved * rest[i] / slack
		}
	}
}
