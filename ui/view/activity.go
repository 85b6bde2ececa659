package view

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// activityPage is the page of running and past tasks. A running task, and a past one that was opened, shows its steps.
type activityPage struct {
	shell   *Shell
	vm      *viewmodel.Activity
	list    *fyne.Container
	cards   map[task.ID]*taskCard
	opened  map[task.ID]bool // what the person opened or closed; the others are open while they run
	brief   *widget.Button   // only the steps that matter are shown
	order   []task.ID
	content fyne.CanvasObject
}

func newActivityPage(s *Shell) *activityPage {
	p := &activityPage{shell: s, vm: s.vm.Activity, cards: map[task.ID]*taskCard{}, opened: map[task.ID]bool{}}
	p.list = container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12))
	p.brief = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Condensed"), Icon: theme.IconFollow, Tip: i18n.T("Show only the steps that run or failed")}, func() {
		toggle(p.brief)
		p.update()
	})
	forget := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Clear finished"), Icon: theme.IconClean, Tip: i18n.T("Forget the tasks that are over")}, p.vm.Clear)
	empty := container.NewCenter(widget.NewText(i18n.T("Nothing has been done yet. Pulls, builds and starts show here."), widget.TextStyle{Color: theme.Muted, Fixed: true}))
	header := pageHeader(i18n.T("Activity"), newToolbar(theme.Space12, nil, 0, p.brief, forget))
	on(p.vm.Revision, func(uint64) {
		p.update()
		setHidden(empty, len(p.order) > 0)
	})
	p.content = frame(padded(0, theme.Space12, 0, 0, header), nil, nil, nil, container.NewStack(s.scrolls(p.list), empty))
	return p
}

// update shows the tasks; cards that are there already only take over what changed.
func (p *activityPage) update() {
	rows := p.vm.Tasks()
	order := make([]task.ID, len(rows))
	for i, row := range rows {
		order[i] = row.ID
		card, ok := p.cards[row.ID]
		if !ok {
			card = newTaskCard(p, row)
			p.cards[row.ID] = card
		}
		card.set(row, p.isOpen(row))
	}
	if !equal(order, p.order) {
		p.order = order
		p.list.RemoveAll()
		kept := map[task.ID]*taskCard{}
		for _, id := range order {
			kept[id] = p.cards[id]
			p.list.Add(p.cards[id].content)
		}
		p.cards = kept
	}
	p.list.Refresh()
}

// isOpen reports whether a task shows its steps.
func (p *activityPage) isOpen(row viewmodel.TaskRow) bool {
	if open, ok := p.opened[row.ID]; ok {
		return open
	}
	return !row.Over || row.Failed
}

func equal(a, b []task.ID) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// taskCard is one task.
type taskCard struct {
	page    *activityPage
	row     viewmodel.TaskRow
	content fyne.CanvasObject
	icon    *canvas.Image
	title   *widget.Text
	detail  *widget.Text
	reason  *widget.Text    // in lines of its own, for it may be long
	reasons *fyne.Container // around it
	right   *widget.Text
	meter   *widget.Meter
	meters  *fyne.Container
	cancel  *widget.Button
	again   *widget.Button
	log     *widget.Button
	more    *widget.Button
	copy    *widget.Button
	trouble *fyne.Container // what to do about a failure
	problem viewmodel.Problem
	steps   *fyne.Container
	rows    []*widget.StepRow
	tone    viewmodel.Tone
	head    *fyne.Container
}

// taskIndent is where the words of a task begin, behind its icon.
const taskIndent = theme.Space16 + theme.IconSize + theme.Space12

func newTaskCard(p *activityPage, row viewmodel.TaskRow) *taskCard {
	id := row.ID
	c := &taskCard{
		page: p, icon: canvas.NewImageFromResource(nil),
		title:  widget.NewText("", widget.TextStyle{Bold: true, Size: 14}),
		detail: widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13}),
		reason: widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13, Wrap: true}),
		right:  widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Fixed: true}),
		meter:  widget.NewMeter(theme.Accent),
		steps:  container.New(layout.NewCustomPaddedVBoxLayout(0)),
		tone:   255,
	}
	c.icon.SetMinSize(fyne.NewSquareSize(theme.IconSize))
	c.icon.FillMode = canvas.ImageFillContain
	c.cancel = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Icon: theme.IconClose, Small: true}, func() { p.vm.Cancel(id) })
	c.again = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Try again"), Icon: theme.IconRestart, Small: true}, func() { p.vm.Again(id) })
	c.log = widget.NewButton(widget.ButtonOptions{Text: i18n.T("Log"), Icon: theme.IconLog, Small: true, Tip: i18n.T("Everything it wrote")}, func() { p.showLog(c.row, "") })
	c.copy = widget.NewButton(widget.ButtonOptions{Icon: theme.IconCopy, Small: true, Tip: i18n.T("Copy what went wrong")}, func() { p.shell.actions.Copy(p.report(c.row)) })
	c.more = widget.NewButton(widget.ButtonOptions{Icon: theme.IconDown, Small: true, Tip: i18n.T("Show its steps")}, func() {
		p.opened[id] = !p.isOpen(c.row)
		p.update()
	})
	c.head = frame(nil, nil, padded(0, 0, 0, theme.Space12, c.icon), nil,
		line(c.title, c.detail, newToolbar(theme.Space8, nil, 0, c.right, c.copy, c.again, c.log, c.cancel, c.more)))
	c.reasons = padded(-theme.Space4, theme.Space8, taskIndent, theme.Space12, c.reason)
	c.reasons.Hide()
	c.trouble = container.NewStack()
	c.trouble.Hide()
	c.meters = padded(0, theme.Space12, theme.Space16, theme.Space16, c.meter)
	c.content = widget.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(0), padded(theme.Space8, theme.Space8, theme.Space16, theme.Space12, c.head), c.reasons, c.meters, c.trouble, c.steps), 0)
	return c
}

var toneIcons = map[viewmodel.Tone]theme.IconName{
	viewmodel.Neutral: theme.IconStop, viewmodel.Good: theme.IconCheck, viewmodel.Busy: theme.IconActivity,
	viewmodel.Caution: theme.IconClock, viewmodel.Trouble: theme.IconClose,
}

func (c *taskCard) set(row viewmodel.TaskRow, open bool) {
	c.row = row
	if row.Tone != c.tone {
		c.tone = row.Tone
		c.icon.Resource = theme.Icon(toneIcons[row.Tone], toneColor(row.Tone))
		c.icon.Refresh()
	}
	moved := c.title.Text() != row.Title || c.right.Text() != row.Right || (c.detail.Text() == "") != (row.Detail == "")
	c.title.SetText(row.Title)
	c.detail.SetText(row.Detail)
	c.reason.SetText(row.Reason)
	setHidden(c.reasons, row.Reason == "")
	c.right.SetText(row.Right)
	c.meter.Set(row.Progress)
	setHidden(c.cancel, !row.CanCancel)
	setHidden(c.again, !row.CanRepeat)
	setHidden(c.log, row.LogRevised == 0)
	setHidden(c.more, len(row.Steps) == 0)
	setHidden(c.copy, row.Err == nil)
	setHidden(c.meters, row.Over)
	c.showTrouble(row.Problem)
	if moved {
		c.head.Refresh()
	}
	c.more.SetIcon(theme.IconDown)
	if open {
		c.more.SetIcon(theme.IconUp)
		c.setSteps(c.chosen(row.Steps))
	} else {
		c.setSteps(nil)
	}
}

// showTrouble shows what the title and the reason of a failed task do not say: what to do, the command that does it, and
// buttons.
func (c *taskCard) showTrouble(p viewmodel.Problem) {
	if p.Equal(c.problem) {
		return
	}
	c.problem = p
	c.trouble.RemoveAll()
	if p.Err != nil {
		p.Task = 0 // trying again stands in the title
		buttons := container.New(layout.NewCustomPaddedHBoxLayout(theme.Space8))
		for _, b := range c.page.shell.remedies(p) {
			buttons.Add(b)
		}
		lines := problemLines(c.page.shell, p.Err, false, false)
		if len(lines.Objects)+len(buttons.Objects) > 0 {
			c.trouble.Add(padded(0, theme.Space12, taskIndent, theme.Space12,
				frame(nil, nil, nil, container.NewCenter(buttons), padded(0, 0, 0, theme.Space12, lines))))
		}
	}
	setHidden(c.trouble, len(c.trouble.Objects) == 0)
}

// chosen are the steps to show: all, or only those that run or failed.
func (c *taskCard) chosen(steps []viewmodel.StepRow) []viewmodel.StepRow {
	if c.page.brief.Kind() != widget.On {
		return steps
	}
	var some []viewmodel.StepRow
	for _, s := range steps {
		if s.State == task.StepActive || s.State == task.StepFailed {
			some = append(some, s)
		}
	}
	return some
}

func (c *taskCard) setSteps(steps []viewmodel.StepRow) {
	if len(steps) < len(c.rows) {
		c.rows = nil
		c.steps.RemoveAll()
		if len(steps) > 0 {
			c.steps.Add(widget.NewLine())
		}
	}
	for i, s := range steps {
		if i == len(c.rows) {
			if i == 0 && len(c.steps.Objects) == 0 {
				c.steps.Add(widget.NewLine())
			}
			row := widget.NewStepRow()
			row.OnTapped = func(step string) { c.page.showLog(c.row, step) }
			c.rows = append(c.rows, row)
			c.steps.Add(c.rows[i])
		}
		c.rows[i].Set(step(s))
		c.rows[i].SetLast(i == len(steps)-1)
	}
}

// step is a step as its widget shows it.
func step(s viewmodel.StepRow) widget.Step {
	w := widget.Step{ID: s.ID, Label: s.Label, Detail: s.Detail, Right: s.Right, Progress: s.Progress, Metered: s.Sized}
	switch s.State {
	case task.StepDone, task.StepPresent:
		w.Icon, w.Color = theme.IconCheck, theme.OK
	case task.StepActive:
		w.Icon, w.Color = theme.IconActivity, theme.Accent
	case task.StepFailed:
		w.Icon, w.Color = theme.IconClose, theme.Bad
	case task.StepStopped:
		w.Icon, w.Color = theme.IconStop, theme.Muted
	default:
		w.Icon, w.Color = theme.IconClock, theme.Muted
	}
	return w
}

// showTaskLog shows what a task wrote, of which only its id is known.
func (s *Shell) showTaskLog(id task.ID) {
	for _, row := range s.vm.Activity.Tasks() {
		if row.ID == id {
			s.activity.showLog(row, "")
		}
	}
}

// showLog shows what a task wrote, or one of its steps, as of now.
func (p *activityPage) showLog(row viewmodel.TaskRow, step string) {
	title := row.Title
	for _, s := range row.Steps {
		if step != "" && s.ID == step {
			title = s.Label
		}
	}
	text := p.vm.Log(row.ID, step)
	if text == "" {
		text = i18n.T("This step wrote nothing.")
	}
	p.shell.showText(title, text)
}

// report is a failed task as text: what it was, why it failed, what it wrote.
func (p *activityPage) report(row viewmodel.TaskRow) string {
	text := row.Title + "\n"
	var f *fault.Error
	if errors.As(row.Err, &f) {
		text += report(f)
	} else if row.Err != nil {
		text += row.Err.Error() + "\n"
	}
	return text + p.vm.Log(row.ID, "")
}
