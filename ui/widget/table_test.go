package widget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"berth/ui/theme"
)

type fruit struct {
	name  string
	count int
}

func fruits() *DataTable[fruit] {
	text := func() fyne.CanvasObject { return NewText("", TextStyle{}) }
	return NewDataTable([]Column[fruit]{
		{
			ID: "name", Label: "Name", Width: 100, Flex: 1, Create: text, Update: func(o fyne.CanvasObject, f fruit) { o.(*Text).SetText(f.name) },
			Compare: func(a, b fruit) int { return cmp.Compare(a.name, b.name) },
		},
		{
			ID: "count", Label: "Count", Width: 80, Create: text, Update: func(o fyne.CanvasObject, f fruit) { o.(*Text).SetText(fmt.Sprint(f.count)) },
			Compare: func(a, b fruit) int { return cmp.Compare(a.count, b.count) },
		},
	}, func(f fruit) string { return f.name })
}

// onScreen are the names of the rows on the screen, from the top.
func onScreen(t *DataTable[fruit]) []string {
	type placed struct {
		y    float32
		name string
	}
	var all []placed
	for _, o := range t.list.body.pool {
		if o.Visible() {
			all = append(all, placed{o.Position().Y, o.(*tableRow[fruit]).cells[0].(*Text).Text()})
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.y, b.y) })
	var list []string
	for _, p := range all {
		list = append(list, p.name)
	}
	return list
}

func wantRows(t *testing.T, table *DataTable[fruit], want ...string) {
	t.Helper()
	if got := onScreen(table); !slices.Equal(got, want) {
		t.Errorf("on the screen are %q, want %q", got, want)
	}
}

func TestATableSortsByTheColumnThatIsTapped(t *testing.T) {
	table := fruits()
	w := shown(t, table, 400, 300)
	table.SetRows([]fruit{{"pear", 1}, {"apple", 3}, {"fig", 2}})
	wantRows(t, table, "apple", "fig", "pear")
	test.TapCanvas(w.Canvas(), fyne.NewPos(380, 10)) // the header of Count
	wantRows(t, table, "pear", "fig", "apple")
	test.TapCanvas(w.Canvas(), fyne.NewPos(380, 10))
	wantRows(t, table, "apple", "fig", "pear")
	table.SetRows([]fruit{{"pear", 9}, {"kiwi", 5}})
	wantRows(t, table, "pear", "kiwi")
}

func TestRowsThatAreEqualGoByTheFirstColumnWhicheverWayRound(t *testing.T) {
	table := fruits()
	shown(t, table, 400, 300)
	table.SetRows([]fruit{{"pear", 1}, {"apple", 2}, {"fig", 1}, {"kiwi", 2}})
	table.Sort("name", true) // what stood in what order before does not matter
	table.SortBy("count")
	wantRows(t, table, "fig", "pear", "apple", "kiwi")
	table.SortBy("count")
	wantRows(t, table, "apple", "kiwi", "fig", "pear")
	table.SetRows([]fruit{{"kiwi", 2}, {"pear", 1}, {"fig", 1}, {"apple", 2}})
	wantRows(t, table, "apple", "kiwi", "fig", "pear")
}

func TestATableIsUsedByKeyboardAlone(t *testing.T) {
	table := fruits()
	w := shown(t, table, 400, 300)
	var chosen, opened, key, letter string
	table.OnSelect = func(k string) { chosen = k }
	table.OnActivate = func(k string) { opened = k }
	table.OnKey = func(k string, name fyne.KeyName) { key = k + " " + string(name) }
	table.OnRune = func(k string, r rune) { letter = k + " " + string(r) }
	var rows []fruit
	for i := range 100 {
		rows = append(rows, fruit{fmt.Sprintf("f%02d", i), i})
	}
	table.SetRows(rows)
	w.Canvas().Focus(table)
	press := func(k fyne.KeyName, want string) {
		t.Helper()
		table.TypedKey(&fyne.KeyEvent{Name: k})
		if chosen != want || table.Selected() != want {
			t.Errorf("after %s it is %q, want %q", k, table.Selected(), want)
		}
	}
	press(fyne.KeyDown, "f00")
	press(fyne.KeyDown, "f01")
	press(fyne.KeyUp, "f00")
	press(fyne.KeyUp, "f00")
	press(fyne.KeyEnd, "f99")
	if got := onScreen(table); !slices.Contains(got, "f99") {
		t.Errorf("the chosen row is not on the screen: %q", got)
	}
	press(fyne.KeyDown, "f99")
	press(fyne.KeyHome, "f00")
	press(fyne.KeyPageDown, fmt.Sprintf("f%02d", table.list.page()))
	table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	table.TypedRune('s')
	if opened != chosen || key != chosen+" Delete" || letter != chosen+" s" {
		t.Errorf("opened %q, key %q, letter %q", opened, key, letter)
	}
}

func TestATableKeepsObjectsForTheScreenOnly(t *testing.T) {
	table := fruits()
	shown(t, table, 400, 300)
	var rows []fruit
	for i := range 10_000 {
		rows = append(rows, fruit{fmt.Sprintf("f%05d", i), i})
	}
	table.SetRows(rows)
	if n := len(table.list.body.pool); n > 12 {
		t.Errorf("%d rows for a window of 6", n)
	}
	table.Select("f09999")
	if got := onScreen(table); !slices.Contains(got, "f09999") {
		t.Errorf("on the screen are %q", got)
	}
}

func TestAChoiceStaysOnItsRowWhenRowsChange(t *testing.T) {
	table := fruits()
	shown(t, table, 400, 300)
	table.SetRows([]fruit{{"b", 1}, {"c", 2}})
	table.Select("c")
	table.SetRows([]fruit{{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}})
	if table.Selected() != "c" || table.index() != 2 {
		t.Errorf("chosen is %q in row %d", table.Selected(), table.index())
	}
}

func TestTheMouseChoosesAtOnceAndOpensTheMenu(t *testing.T) {
	table := fruits()
	w := shown(t, table, 400, 300)
	var menu string
	table.OnMenu = func(k string, _ fyne.Position) { menu = k }
	table.SetRows([]fruit{{"a", 0}, {"b", 1}})
	row := table.list.body.pool[1].(*tableRow[fruit])
	row.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	if table.Selected() != "b" || menu != "" {
		t.Errorf("chosen is %q, menu of %q", table.Selected(), menu)
	}
	if w.Canvas().Focused() != table {
		t.Error("the table does not have the keyboard")
	}
	row.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonSecondary})
	if menu != "b" {
		t.Errorf("menu of %q", menu)
	}
}

func TestARowStaysHighlightedWhileThePointerIsOverItsTexts(t *testing.T) {
	table := fruits()
	w := shown(t, table, 400, 300)
	NewTipLayer(w.Canvas())
	long := strings.Repeat("a long name ", 20)
	table.SetRows([]fruit{{long, 0}, {"z", 1}})
	row := func(i int) *tableRow[fruit] { return table.list.body.pool[i].(*tableRow[fruit]) }
	over := func(o fyne.CanvasObject, x, y float32) {
		test.MoveMouse(w.Canvas(), fyne.CurrentApp().Driver().AbsolutePositionForObject(o).AddXY(x, y))
	}
	want := func(where string, first, second bool, tip string) {
		t.Helper()
		if row(0).hovered != first || row(1).hovered != second {
			t.Errorf("%s: the first row is highlighted: %v, the second: %v", where, row(0).hovered, row(1).hovered)
		}
		if got := row(0).cover.said; got != tip || (row(0).cover.tip.timer != nil) != (tip != "") {
			t.Errorf("%s: the tip of the first is %q, want %q", where, got, tip)
		}
	}
	over(row(0), 2, 2)
	want("beside the texts", true, false, "")
	over(row(0).cells[0], 20, 20)
	want("over a text that is cut", true, false, long)
	if row(0).back.FillColor != theme.Color(theme.Raised) {
		t.Error("it does not look so")
	}
	over(row(0).cells[1], 5, 20)
	want("over a text that is whole", true, false, "")
	over(row(1).cells[0], 5, 20)
	want("over the next row", false, true, "")
	over(table.header, 20, 5)
	want("over the labels", false, false, "")
}

func TestAColumnWithoutRoomGoesTheHighestFirst(t *testing.T) {
	table := fruits()
	table.columns[1].Drop = 1
	w := shown(t, table, 400, 300)
	table.SetRows([]fruit{{"a", 0}})
	count := table.list.body.pool[0].(*tableRow[fruit]).cells[1]
	if !count.Visible() {
		t.Error("there is room for both")
	}
	w.Resize(fyne.NewSize(180, 300))
	if name := table.list.body.pool[0].(*tableRow[fruit]).cells[0]; count.Visible() || !name.Visible() {
		t.Error("the name has no room because of the count")
	}
	w.Resize(fyne.NewSize(400, 300))
	if !count.Visible() {
		t.Error("it does not come back")
	}
}

func TestColumnsThatCannotWorkAreAMistakeOfTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a column without a cell was taken")
		}
	}()
	NewDataTable([]Column[fruit]{{ID: "x"}}, func(f fruit) string { return f.name })
}

func TestColumnsThatNeedMoreThanThereIsGiveOfTheirWidth(t *testing.T) {
	table := &DataTable[int]{columns: []Column[int]{{ID: "name", Width: 256, Flex: 3}, {ID: "state", Width: 176, Flex: 2}, {ID: "address", Width: 130, Flex: 0.3}}}
	x, w := table.place(500)
	last := len(w) - 1
	if end := x[last] + w[last] + theme.Space12 + theme.Space16; end < 499 || end > 501 || w[last] < 130-theme.Space12-1 || w[0] > 220 {
		t.Errorf("they stand at %v, %v wide", x, w)
	}
}

func TestACellThatWouldBeCutBorrowsOfAColumnWithRoomToSpare(t *testing.T) {
	need := func(f fruit) float32 { return float32(f.count) }
	name := func(f fruit) float32 { return float32(10 * len(f.name)) }
	table := fruits()
	table.columns[0].Need, table.columns[1].Need = name, need
	table.columns[0].Width, table.columns[0].Flex = 200, 3
	shown(t, table, 400, 300)
	widths := func() (float32, float32) {
		header := table.header.labels
		return header[0].Size().Width, header[1].Size().Width
	}
	table.SetRows([]fruit{{"fig", 20}})
	first, second := widths()
	if second != 80-theme.Space12 {
		t.Errorf("with room for all the columns are %v and %v wide", first, second)
	}
	table.SetRows([]fruit{{"fig", 20}, {"pear", 150}})
	if lent, borrowed := widths(); borrowed < 150 || lent+borrowed != first+second || lent < 150-theme.Space12 {
		t.Errorf("of %v and %v they became %v and %v", first, second, lent, borrowed)
	}
	if cell := table.list.body.pool[0].(*tableRow[fruit]).cells[1]; cell.Size().Width < 150 {
		t.Errorf("a cell has %v", cell.Size().Width)
	}
	table.SetRows([]fruit{{"a name that needs all there is of it", 150}})
	if a, b := widths(); a != first || b != second {
		t.Errorf("where all are cut they are %v and %v, not %v and %v", a, b, first, second)
	}
}

func TestAColumnThatLendsKeepsItsOwnLabelWhole(t *testing.T) {
	table := fruits()
	label := "Counted at the market"
	whole := TextWidth(label+" ↑", headStyle)
	table.columns[0].Width, table.columns[0].Flex = 100, 0
	table.columns[1].Label, table.columns[1].Width, table.columns[1].Flex = label, whole, 1
	table.columns[0].Need = func(f fruit) float32 { return float32(10 * len(f.name)) }
	table.columns[1].Need = func(fruit) float32 { return 10 } // the label is all that needs room
	shown(t, table, 100+whole+3*theme.Space16+theme.Space12+40, 300)
	table.SetRows([]fruit{{"a name that needs all there is of it, and more", 1}})
	if name, count := table.header.labels[0].Size().Width, table.header.labels[1].Size().Width; name <= 100-theme.Space12 || count < whole {
		t.Errorf("the columns are %v and %v wide, and the label needs %v", name, count, whole)
	}
}
