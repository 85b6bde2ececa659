// Package ui is Berth's window and tray. It shows the engine's snapshots and sends it commands, and knows nothing of
// Docker: viewmodel turns snapshots into what is shown, view lays it out, widget and theme give it its look.
package ui

import (
	"context"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/config"
	"berth/resources"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/view"
	"berth/ui/viewmodel"
)

// ID is the app's identity on every desktop, as FyneApp.toml says it.
const ID = "app.berth.desktop"

// The window's size when nothing is remembered, and the least it may have.
const (
	firstWidth, firstHeight = 1280, 800
)

// openPatience bounds the question whether opencode is there before a browser is sent to it.
const openPatience = 5 * time.Second

// quitPatience bounds the wait at the end for what runs beside the window.
const quitPatience = 5 * time.Second

// Options are what the window is given.
type Options struct {
	Engine  viewmodel.Engine
	Version string
	Hidden  bool     // begin in the tray, without a window
	Notes   []string // what a person should know about the start: a settings file that was set aside
	Tray    Tray     // nil means the desktop's
	Crashes Crashes  // what earlier runs left; nil for none

	Login    viewmodel.LoginStart // starts Berth at login; nil where nothing can
	Notifier Notifier             // shows messages outside the window; nil means the desktop's

	// Updated hears on the main goroutine that the window shows a snapshot, and how long that kept it busy; nil when nobody
	// measures.
	Updated func(engine.Snapshot, time.Duration)
}

// App is the running window and tray.
type App struct {
	options Options
	fyne    fyne.App
	window  fyne.Window
	vm      *viewmodel.App
	shell   *view.Shell
	tray    tray
	comes   bool   // the tray is a program's of the desktop, which comes and goes
	collect func() // lets the garbage be collected
	mode    string // the theme's, as it was applied; "" before the first
	spoken  string // the language's, as it was applied
	shown   bool   // a person can see the window
	focused bool   // and it has the keyboard
	news    viewmodel.NewsDesk
	asking  bool            // whether to quit
	ctx     context.Context // ends with the app
	stop    context.CancelFunc
	pumping sync.WaitGroup
	gate    gate
	offered bool // what was left by a crash
}

// New makes the app. Nothing is shown before Run.
func New(o Options) *App {
	collect := holdGarbage()
	a := &App{options: o, fyne: app.NewWithID(ID), collect: collect}
	withoutLastWords(a.fyne.Lifecycle())
	settings := o.Engine.Settings().Window
	a.fyne.Settings().SetTheme(theme.New(theme.Mode(settings.Theme)))
	a.mode = settings.Theme
	loaded := loadFonts()
	a.spoken = settings.Language
	a.translate()
	a.ctx, a.stop = context.WithCancel(context.Background())
	a.fyne.SetIcon(theme.AppIcon())
	a.window = a.fyne.NewWindow("Berth")
	a.window.SetPadded(false)
	loaded()
	a.fill()
	a.window.Resize(size(settings))
	a.window.CenterOnScreen()
	a.setUpTray()
	a.setUpNotifier()
	a.window.SetCloseIntercept(a.close) // after the tray, which sets its own
	for _, note := range o.Notes {
		a.vm.Say(note)
	}
	return a
}

// fill makes what the window shows, and the viewmodels behind it.
func (a *App) fill() {
	a.vm = viewmodel.New(a.options.Engine)
	a.vm.Async = a.async
	a.vm.Login.System = a.options.Login
	a.setUpReleases()
	a.vm.Settings.Theme.AddListener(binding.NewDataListener(a.applyTheme))
	a.vm.Settings.Language.AddListener(binding.NewDataListener(a.applyLanguage))
	a.shell = view.NewShell(a.vm, a.window, view.Actions{Open: a.open, Copy: a.fyne.Clipboard().SetContent, Version: a.options.Version, OpenPage: a.openPage})
	a.window.SetContent(a.shell.Content)
	a.shell.Focus()
}

func (a *App) translate() {
	if err := i18n.Load(resources.Translations, "translations", a.spoken); err != nil {
		fyne.LogError("translations", err) // the window is English then
	}
	viewmodel.ForgetSpoken()
}

// applyLanguage puts the window into another language: a text is translated when it is made, so everything is made anew. What
// the person was at stays.
func (a *App) applyLanguage() {
	language, _ := a.vm.Settings.Language.Get() // made in viewmodel, cannot fail
	if language == a.spoken {
		return
	}
	a.spoken = language
	a.gate.do(func() { // later: the control that chose it is still at work
		a.translate()
		a.shell.Leave()
		before := a.vm
		a.fill()
		a.vm.Resume(before)
		a.vm.Show(a.shown)
		a.apply(a.options.Engine.Snapshot(), time.Now())
		a.tray.words = "" // its menu too
		a.tray.apply(a.options.Engine.Snapshot())
	})
}

// loadFonts loads the fonts of the first screen, which takes Fyne longer than all the widgets, while the desktop's own
// library starts. Nothing else may measure text until the function that it gives has returned.
func loadFonts() (wait func()) {
	var loading sync.WaitGroup
	loading.Go(func() {
		for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}} {
			fyne.MeasureText("a", theme.TextSize, style)
		}
	})
	return loading.Wait
}

// How the garbage is collected once the window is there: an app that mostly waits had better hold less than work less.
const (
	garbagePercent = 50              // of what is in use
	settled        = 5 * time.Second // after the start, when the first log has been read
)

// holdGarbage keeps the collector from taking turns with the start, which allocates 40 MB of fonts and widgets and frees
// little. The function that it gives lets it work again, and gives back what the start needed when that is over.
func holdGarbage() (collect func()) {
	percent := debug.SetGCPercent(-1)
	percent = min(percent, garbagePercent) // GOGC may ask for less, or for none
	return func() {
		debug.SetGCPercent(percent)
		time.AfterFunc(settled, debug.FreeOSMemory)
	}
}

func size(w config.Window) fyne.Size {
	if w.Width < 400 || w.Height < 300 {
		return fyne.NewSize(firstWidth, firstHeight)
	}
	return fyne.NewSize(w.Width, w.Height)
}

func (a *App) applyTheme() {
	mode, _ := a.vm.Settings.Theme.Get() // made in viewmodel, cannot fail
	if mode == a.mode {                  // Fyne loads all fonts and lays out all windows anew for every theme it is given
		return
	}
	a.mode = mode
	a.fyne.Settings().SetTheme(theme.New(theme.Mode(mode)))
}

// Run shows the window and returns when the app has quit. The first frame shows what the engine knows by then.
func (a *App) Run() {
	began := time.Now()
	first := a.options.Engine.Snapshot()
	a.apply(first, began)
	if a.options.Updated != nil {
		a.options.Updated(first, time.Since(began))
	}
	a.fyne.Lifecycle().SetOnStarted(func() {
		a.collect()
		a.followTray()
		a.pumping.Go(func() {
			pump{
				snapshot: a.options.Engine.Snapshot, changed: a.options.Engine.Changed(), do: a.gate.do, apply: a.apply, after: time.After, updated: a.options.Updated,
			}.run(a.ctx)
		})
	})
	if a.options.Hidden && a.mayHide() {
		a.see(false)
	} else {
		a.show()
	}
	a.fyne.Run()
	a.gate.close()
	a.stop()
	a.vm.Settings.Flush()
	await(&a.pumping, quitPatience)
}

// await waits until all is over, or that long: a folder on a disk that does not answer must not keep the app from ending.
func await(all *sync.WaitGroup, patience time.Duration) {
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(patience):
	}
}

func (a *App) apply(s engine.Snapshot, now time.Time) {
	a.vm.Apply(s, now)
	a.tray.apply(s)
	a.notify(s, now)
}

// show brings the window to the front.
func (a *App) show() {
	a.window.Show()
	a.window.RequestFocus()
	a.see(true)
	a.offerCrash()
}

// see tells whether a person can see the window.
func (a *App) see(shown bool) {
	a.shown = shown
	a.vm.Show(shown)
}

// close hides the window behind the tray, or quits: where there is none, or none any more, and where the settings say so.
func (a *App) close() {
	a.remember()
	host := a.tray.host
	if host == nil || a.vm.Settings.Value().Window.CloseQuits {
		a.askQuit()
		return
	}
	a.async(func(context.Context) func() {
		there := host.Available() // the desktop is asked, and may take its time
		return func() {
			if !there {
				a.askQuit()
				return
			}
			a.window.Hide()
			a.see(false)
			a.sayTray()
			if a.comes && a.options.Tray == nil { // it went in this moment, or has come and is not told yet
				a.unlessTray(panelRestart)
			}
			time.AfterFunc(settled, debug.FreeOSMemory) // the frames that it was painted with
		}
	})
}

// sayTray says, the first time, where the window went.
func (a *App) sayTray() {
	if a.vm.Settings.Value().Window.TraySaid {
		return
	}
	a.options.Notifier.Notify(viewmodel.News{Title: i18n.T("Berth goes on in the tray"), Text: i18n.T("Its icon there brings the window back. The settings say whether closing it quits.")})
	a.vm.Settings.Keep(func(s *config.Settings) { s.Window.TraySaid = true })
}

// remember keeps the window's size.
func (a *App) remember() {
	now, was := a.window.Canvas().Size(), a.vm.Settings.Value().Window
	if now.Width == was.Width && now.Height == was.Height {
		return
	}
	a.vm.Settings.Keep(func(s *config.Settings) { s.Window.Width, s.Window.Height = now.Width, now.Height })
}

// askQuit quits, after a question when a task would be cut short.
func (a *App) askQuit() {
	for _, t := range a.options.Engine.Snapshot().Tasks {
		if t.State.Over() {
			continue
		}
		a.show()
		if a.asking {
			return // one question is enough
		}
		a.asking = true
		a.shell.Confirm(view.Question{
			Title: i18n.T("Quit while a task runs?"),
			Text:  i18n.T("%s is not finished. Quitting cancels it; nothing that exists is lost, and the next start goes on from there.", viewmodel.Spoken(t.Title)),
			Yes:   i18n.T("Quit"), No: i18n.T("Keep running"),
			Do: a.leave, Over: func() { a.asking = false },
		})
		return
	}
	a.leave()
}

// leave ends the loop. It is called on the main goroutine.
func (a *App) leave() {
	a.gate.end()
	a.fyne.Quit()
}

// Quit ends the app without a question. It may be called from any goroutine.
func (a *App) Quit() {
	a.gate.last(a.fyne.Quit) // a signal comes on a goroutine of its own
}

// Show brings the window to the front. It may be called from any goroutine.
func (a *App) Show() { a.gate.do(a.show) }

// async runs work on a goroutine that ends with the app, and on the main one what it gives.
func (a *App) async(work func(context.Context) func()) {
	a.pumping.Go(func() {
		if then := work(a.ctx); a.ctx.Err() == nil {
			a.gate.do(then)
		}
	})
}

// open sends the browser to a sandbox's opencode, signed in. The person waits for the answer of this one command, so it comes
// past the pump.
func (a *App) open(name string) {
	a.async(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, openPatience)
		defer cancel()
		address, err := a.vm.Detail.OpenURL(ctx, name)
		return func() {
			if err != nil {
				a.vm.Say(i18n.T("Cannot open %[1]s: %[2]s", name, viewmodel.Cause(err)))
				return
			}
			parsed, err := url.Parse(address)
			if err == nil {
				err = a.fyne.OpenURL(parsed)
			}
			if err != nil {
				a.vm.Say(i18n.T("No browser could be opened. Open the sandbox's address in a browser and sign in as opencode."))
			}
		}
	})
}
