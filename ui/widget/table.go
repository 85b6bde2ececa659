package widget

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// DataTable is a table of rows of one type: sorted by any column, one row chosen by mouse or keyboard, objects only for what
// is on the screen.
type DataTable[T any] struct {
	fw.BaseWidget
	OnSelect   func(key string)
	OnActivate func(key string)                    // Enter, or a double click
	OnMenu     func(key string, at fyne.Position)  // the other mouse button
	OnKey      func(key string, name fyne.KeyName) // a key that the table has no use for
	OnRune     func(key string, r rune)            // a letter, for shortcuts; key is "" when no row is chosen

	OnSort func(id string, reverse bool) // the person sorted

	columns  []Column[T]
	hidden   map[string]bool
	key      func(T) string
	rows     []T
	needs    []float32 // of the columns, by what is in the rows
	selected string
	sortBy   int
	reverse  bool
	focused  bool
	header   *tableHeader[T]
	list     *rows
}

// NewDataTable makes an empty table, sorted by its first column. Key tells rows apart. It panics on columns that cannot work,
// which is a mistake of the program.
func NewDataTable[T any](columns []Column[T], key func(T) string) *DataTable[T] {
	seen := map[string]bool{}
	for _, c := range columns {
		if c.ID == "" || seen[c.ID] || c.Create == nil || c.Update == nil {
			panic(fmt.Sprintf("widget: column %q is doubled or has no cell", c.ID))
		}
		seen[c.ID] = true
	}
	t := &DataTable[T]{columns: columns, key: key}
	t.header = newTableHeader(t)
	t.list = newRows(theme.RowH, func() int { return len(t.rows) }, func() fyne.CanvasObject { return newTableRow(t) }, func(i int, o fyne.CanvasObject) {
		o.(*tableRow[T]).show(t.rows[i], i == len(t.rows)-1)
	})
	t.list.moved = func() {
		for _, row := range t.list.body.pool {
			row.(*tableRow[T]).round()
		}
	}
	t.ExtendBaseWidget(t)
	return t
}

// CreateRenderer is Fyne's way to the drawing.
func (t *DataTable[T]) CreateRenderer() fyne.WidgetRenderer {
	return fw.NewSimpleRenderer(container.New(tight{}, t.header, NewLine(), t.list))
}

// SetRows shows these rows; the slice is not kept. The choice stays on its row.
func (t *DataTable[T]) SetRows(rows []T) {
	t.rows = slices.Clone(rows)
	t.sort()
	t.fit()
	t.list.again()
}

// fit gives the columns other widths when the rows need them.
func (t *DataTable[T]) fit() {
	needs := measure(t.columns, t.rows)
	if slices.Equal(needs, t.needs) {
		return
	}
	width := t.Size().Width
	_, before := t.place(width)
	t.needs = needs
	if _, after := t.place(width); !slices.Equal(before, after) {
		t.layOut()
	}
}

// layOut puts all cells where their columns are now.
func (t *DataTable[T]) layOut() {
	t.header.Refresh()
	for _, row := range t.list.body.pool {
		row.Refresh()
	}
}

// sort puts the rows in order. Those that are equal go by the first column, whichever way round the others go: the order that
// they were in before would differ from one choice of a column to the next.
func (t *DataTable[T]) sort() {
	compare, first := t.columns[t.sortBy].Compare, t.columns[0].Compare
	if compare == nil {
		return
	}
	slices.SortStableFunc(t.rows, func(a, b T) int {
		order := compare(a, b)
		if t.reverse {
			order = -order
		}
		if order == 0 && first != nil {
			return first(a, b)
		}
		return order
	})
}

// SortBy sorts by a column, and by the same column the other way round when it was sorted by already.
func (t *DataTable[T]) SortBy(id string) {
	i := slices.IndexFunc(t.columns, func(c Column[T]) bool { return c.ID == id })
	if i < 0 || t.columns[i].Compare == nil {
		return
	}
	t.reverse = t.sortBy == i && !t.reverse
	t.sortBy = i
	t.sort()
	t.header.Refresh()
	t.list.again()
	if t.OnSort != nil {
		t.OnSort(id, t.reverse)
	}
}

// Sort sorts by a column in that direction without telling OnSort. An id that is no column changes nothing.
func (t *DataTable[T]) Sort(id string, reverse bool) {
	if i := slices.IndexFunc(t.columns, func(c Column[T]) bool { return c.ID == id }); i >= 0 && t.columns[i].Compare != nil {
		t.sortBy, t.reverse = i, reverse
		t.sort()
		t.header.Refresh()
		t.list.again()
	}
}

// HideColumns hides these columns and shows all others. The first one cannot be hidden.
func (t *DataTable[T]) HideColumns(ids []string) {
	t.hidden = map[string]bool{}
	for _, id := range ids {
		t.hidden[id] = id != t.columns[0].ID
	}
	t.layOut()
	t.list.again()
}

// HiddenColumns are the ids of the hidden columns.
func (t *DataTable[T]) HiddenColumns() []string {
	var ids []string
	for _, c := range t.columns {
		if t.hidden[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// DroppedColumns are the ids of the columns that are not hidden, and have no room all the same.
func (t *DataTable[T]) DroppedColumns() []string {
	var ids []string
	_, w := t.place(t.Size().Width)
	for i, c := range t.columns {
		if w[i] == 0 && !t.hidden[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// Menu asks for the menu of the chosen row, as the other mouse button does.
func (t *DataTable[T]) Menu() {
	i := t.index()
	if i < 0 || t.OnMenu == nil {
		return
	}
	t.list.reveal(i)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.list)
	t.OnMenu(t.selected, at.AddXY(theme.Space24, float32(i+1)*theme.RowH-t.list.scroll.Offset.Y))
}

// Selected is the key of the chosen row; "" when there is none.
func (t *DataTable[T]) Selected() string { return t.selected }

// Select chooses a row without telling OnSelect.
func (t *DataTable[T]) Select(key string) {
	if key == t.selected {
		return
	}
	t.selected = key
	t.list.body.show(true)
	if i := t.index(); i >= 0 {
		t.list.reveal(i)
	}
}

// PickShown chooses the first row when the chosen one is not shown, as after a filter: the keys of a row would do nothing else.
func (t *DataTable[T]) PickShown() {
	if t.index() < 0 {
		t.pick(0)
	}
}

func (t *DataTable[T]) index() int {
	return slices.IndexFunc(t.rows, func(row T) bool { return t.key(row) == t.selected })
}

// pick is a choice of the person.
func (t *DataTable[T]) pick(i int) {
	if len(t.rows) == 0 {
		return
	}
	key := t.key(t.rows[max(0, min(i, len(t.rows)-1))])
	t.Select(key)
	if t.OnSelect != nil {
		t.OnSelect(key)
	}
}

// TypedKey moves the choice, activates it, or passes the key on.
func (t *DataTable[T]) TypedKey(e *fyne.KeyEvent) {
	at := t.index()
	switch e.Name {
	case fyne.KeyUp:
		t.pick(at - 1)
	case fyne.KeyDown:
		t.pick(at + 1)
	case fyne.KeyPageUp:
		t.pick(at - t.list.page())
	case fyne.KeyPageDown:
		t.pick(at + t.list.page())
	case fyne.KeyHome:
		t.pick(0)
	case fyne.KeyEnd:
		t.pick(len(t.rows) - 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if at >= 0 && t.OnActivate != nil {
			t.OnActivate(t.selected)
		}
	default:
		if at >= 0 && t.OnKey != nil {
			t.OnKey(t.selected, e.Name)
		}
		passKey(t, e.Name)
	}
}

// TypedRune passes a letter on.
func (t *DataTable[T]) TypedRune(r rune) {
	if t.OnRune == nil {
		return
	}
	key := ""
	if t.index() >= 0 {
		key = t.selected
	}
	t.OnRune(key, r)
}

// FocusGained shows the focus.
func (t *DataTable[T]) FocusGained() { t.focused = true; t.list.body.show(true) }

// FocusLost hides it.
func (t *DataTable[T]) FocusLost() { t.focused = false; t.list.body.show(true) }

// takeFocus gives the table the keyboard.
func (t *DataTable[T]) takeFocus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		c.Focus(t)
	}
}

// tight is a column without gaps; the last object takes what is left.
type tight struct{}

func (tight) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		size = fyne.NewSize(max(size.Width, least.Width), size.Height+least.Height)
	}
	return size
}

func (tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for i, o := range objects {
		height := o.MinSize().Height
		if i == len(objects)-1 {
			height = max(0, size.Height-y)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

var _ desktop.Mouseable = (*tableRow[int])(nil)
