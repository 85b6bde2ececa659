package viewmodel

import (
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/ui/i18n"
)

// Page is what the window shows beside the rail.
type Page string

// The pages.
const (
	SandboxesPage Page = "sandboxes"
	ImagesPage    Page = "images"
	VolumesPage   Page = "volumes"
	ActivityPage  Page = "activity"
	SettingsPage  Page = "settings"

	DiagnosticsPage Page = "diagnostics" // opened from the settings
)

// App is everything the window shows.
type App struct {
	engine Engine

	// Async runs work away from the main goroutine, and then on it what work gives. The app sets it; without it work is
	// done at once. Only answers that a person waits for come this way, past the snapshots.
	Async func(work func(context.Context) (apply func()))

	Now func() time.Time // the clock

	PortTaken func(address string) bool // whether a program of this computer listens there

	Page         binding.Item[Page]
	EngineTitle  binding.String // "Docker 28.5.2", i18n.T("No engine")
	EngineDetail binding.String // "default · this computer"
	EngineTone   binding.Item[Tone]
	Several      binding.Bool          // there is more than one engine
	Lost         binding.Item[Problem] // why the engine is gone while its sandboxes are still shown
	Message      binding.Item[Message] // the notice that is shown

	Sandboxes *Sandboxes
	Detail    *Detail
	Facts     *Facts
	Images    *Images
	Volumes   *Volumes
	Kept      *Kept
	Activity  *Activity
	Bar       *Bar
	Welcome   *Welcome
	Settings  *Settings
	Login     *Login
	Releases  *Releases

	Diagnostics *Diagnostics

	visible  bool
	snapshot engine.Snapshot

	said    Message   // by the window itself
	waiting []Message // notices that were not dismissed, the oldest first
	noticed time.Time // of the newest of them that was taken over
}

// Message is a notice as the window shows it; the zero value shows none.
type Message struct {
	At   time.Time
	Text string
	More int // how many wait behind it
}

// New makes the viewmodels. They show "looking for an engine" until the first Apply.
func New(e Engine) *App {
	a := &App{
		Now:         time.Now,
		PortTaken:   portTaken,
		engine:      e,
		Page:        newBound(same[Page]),
		EngineTitle: newString(), EngineDetail: newString(), EngineTone: newBound(same[Tone]),
		Several: newBool(), Lost: newBound(Problem.Equal), Message: newBound(same[Message]),
	}
	a.Async = func(work func(context.Context) func()) { work(context.Background())() }
	set(a.Page, SandboxesPage)
	a.Settings = newSettings(a)
	a.Login = newLogin(a)
	a.Releases = newReleases(a)
	a.Sandboxes = newSandboxes(a)
	a.Detail = newDetail(a)
	a.Facts = newFacts(a)
	a.Images = newImages(a)
	a.Volumes = newVolumes(a)
	a.Kept = newKept(a)
	a.Activity = newActivity(e)
	a.Bar = newBar(e)
	a.Welcome = newWelcome(e)
	a.Diagnostics = newDiagnostics(a)
	return a
}

func same[T comparable](a, b T) bool { return a == b }

// set sets a binding. Setting one that is made in this package cannot fail.
func set[T any](b interface{ Set(T) error }, value T) { _ = b.Set(value) }

// get reads a binding that is made in this package, which cannot fail.
func get[T any](b interface{ Get() (T, error) }) T {
	value, _ := b.Get()
	return value
}

// grow tells the listeners of a revision to look again.
func grow(revision binding.Item[uint64]) { set(revision, get(revision)+1) }

// Show tells whether a person can see the window. Nothing is streamed for nobody.
func (a *App) Show(visible bool) {
	a.visible = visible
	a.look()
}

// Resume takes over where a person was in the viewmodels that were there before: the page, the chosen sandbox, the notice.
func (a *App) Resume(before *App) {
	set(a.Sandboxes.Selected, get(before.Sandboxes.Selected))
	a.said, a.waiting, a.noticed = before.said, before.waiting, before.noticed
	a.showMessage()
	a.Sandboxes.seen = before.Sandboxes.seen
	a.Releases.resume(before.Releases)
	a.Go(get(before.Page))
}

// look tells the engine what a person can see.
func (a *App) look() {
	a.engine.Look(a.visible, get(a.Sandboxes.Selected))
}

// Apply makes the window show a snapshot as of now.
func (a *App) Apply(s engine.Snapshot, now time.Time) {
	a.snapshot = s
	a.applyEngine(s, now)
	set(a.Lost, lost(s))
	a.applyNotices(s.Notices)
	a.Sandboxes.apply(s, now)
	a.Detail.apply(s, now)
	a.Facts.apply(s, now)
	a.Images.apply(s, now)
	a.Volumes.apply(s, now)
	a.Kept.apply(s, now)
	a.Activity.apply(s.Tasks, now)
	a.Bar.apply(s, now)
	a.Welcome.apply(s, now)
	a.Settings.apply(s)
	a.Diagnostics.apply(s, now)
	a.Releases.apply(now)
}

func (a *App) applyEngine(snap engine.Snapshot, now time.Time) {
	s := snap.Engine
	var title, detail string
	switch s.Phase {
	case connect.Connected:
		version, _, _ := strings.Cut(s.Engine.Version, "+") // what a distribution adds
		title, detail = s.Engine.Product+" "+version, s.Endpoint.Name+" · "+place(s.Endpoint)
	case connect.Lost:
		title, detail = i18n.T("Engine lost"), s.Endpoint.Name+" · "+nextTry(s, now)
	default:
		title, detail = i18n.T("No engine"), i18n.T("looking")
		if tried := countTried(s.Attempts); tried > 0 {
			detail = i18n.N("looked in %d places", tried)
		}
	}
	tone := statusTone(s)
	for _, m := range snap.Also {
		tone = max(tone, statusTone(m.Status)) // the worst of all
	}
	if n := len(snap.Also); n > 0 {
		title += " +" + strconv.Itoa(n)
	}
	set(a.EngineTitle, title)
	set(a.EngineDetail, detail)
	set(a.EngineTone, tone)
	set(a.Several, len(snap.Also) > 0)
}

func place(ep connect.Endpoint) string {
	if ep.Remote() {
		return ep.Host
	}
	return i18n.T("this computer")
}

func countTried(attempts []connect.Attempt) int {
	n := 0
	for _, a := range attempts {
		if a.Tried {
			n++
		}
	}
	return n
}

func nextTry(s connect.Status, now time.Time) string {
	if left := s.NextTry.Sub(now); !s.NextTry.IsZero() && left > 0 {
		return i18n.T("looking again in %d s", int(left.Seconds())+1)
	}
	return i18n.T("looking again")
}

// applyNotices takes over the notices that are new. The oldest is shown first, so that none is lost behind another.
func (a *App) applyNotices(notices []engine.Notice) {
	for _, n := range notices {
		if n.At.After(a.noticed) {
			a.noticed = n.At
			a.waiting = append(a.waiting, Message{At: n.At, Text: said(n)})
		}
	}
	a.showMessage()
}

// said is a notice in words; that of a further engine begins with its name.
func said(n engine.Notice) string {
	if n.Engine != "" {
		return n.Engine + ": " + Spoken(n.Text)
	}
	return Spoken(n.Text)
}

// showMessage shows what the window says itself, which answers what somebody just did, and then the notices.
func (a *App) showMessage() {
	m := a.said
	if m.Text == "" && len(a.waiting) > 0 {
		m = a.waiting[0]
		m.More = len(a.waiting) - 1
	} else if m.Text != "" {
		m.More = len(a.waiting)
	}
	set(a.Message, m)
}

// DismissMessage hides the notice; the next one is shown then.
func (a *App) DismissMessage() {
	if a.said.Text != "" {
		a.said = Message{}
	} else if len(a.waiting) > 0 {
		a.waiting = a.waiting[1:]
	}
	a.showMessage()
}

// Say shows a message of the window's own.
func (a *App) Say(text string) {
	a.said = Message{At: a.Now(), Text: text}
	a.showMessage()
}

// Go shows a page.
func (a *App) Go(p Page) {
	set(a.Page, p)
	switch p {
	case VolumesPage:
		a.Volumes.measureOnce()
	case SettingsPage:
		a.engine.LookAgain() // so that its list of engines is true
		a.Login.Look()
	}
	a.Diagnostics.apply(a.snapshot, a.Now())
}

// Return tells that the person came back to the window, maybe from changing elsewhere what it shows.
func (a *App) Return() {
	if get(a.Page) == SettingsPage {
		a.Login.Look()
	}
}

// LogLook is how logs are shown.
type LogLook = config.Log

// LogLook is how logs are shown now.
func (a *App) LogLook() LogLook { return a.Settings.Value().Window.Log }

// ChangeLogLook changes and remembers how logs are shown.
func (a *App) ChangeLogLook(do func(*LogLook)) {
	a.Settings.Change(func(s *config.Settings) { do(&s.Window.Log) })
}

// LookAgain searches for an engine now.
func (a *App) LookAgain() { a.engine.LookAgain() }
