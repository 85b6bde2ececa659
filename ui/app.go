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
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"

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

// Options are what the window is given.
type Options struct {
	Engine  viewmodel.Engine
	Version string
	Hidden  bool     // begin in the tray, without a window
	Notes   []string // what a person should know about the start: a settings file that was set aside
	Tray    Tray     // nil means the desktop's

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
	tray    tray
	collect func()          // lets the garbage be collected
	mode    string          // the theme's, as it was applied; "" before the first
	ctx     context.Context // ends with the app
	stop    context.CancelFunc
	pumping sync.WaitGroup
	quit    sync.Once
}

// New makes the app. Nothing is shown before Run.
func New(o Options) *App {
	collect := holdGarbage()
	a := &App{options: o, fyne: app.NewWithID(ID), collect: collect}
	settings := o.Engine.Settings().Window
	a.fyne.Settings().SetTheme(theme.New(theme.Mode(settings.Theme)))
	a.mode = settings.Theme
	loaded := loadFonts()
	if err := i18n.Load(resources.Translations, "translations", settings.Language); err != nil {
		fyne.LogError("translations", err) // the window is English then
	}
	a.ctx, a.stop = context.WithCancel(context.Background())
	a.vm = viewmodel.New(o.Engine)
	a.vm.Async = a.async
	a.vm.Settings.Theme.AddListener(binding.NewDataListener(a.applyTheme))
	a.fyne.SetIcon(theme.AppIcon())
	a.window = a.fyne.NewWindow("Berth")
	a.window.SetPadded(false)
	loaded()
	shell := view.NewShell(a.vm, a.window, view.Actions{Open: a.open, Copy: a.fyne.Clipboard().SetContent, Version: o.Version})
	a.window.SetContent(shell.Content)
	shell.Focus()
	a.window.Resize(size(settings))
	a.window.CenterOnScreen()
	a.setUpTray()
	a.window.SetCloseIntercept(a.close) // after the tray, which sets its own
	for _, note := range o.Notes {
		a.vm.Say(note)
	}
	return a
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

// holdGarbage keeps the collector from taking turns with the start, which allocates 40 MB of fonts and widgets and frees
// little. The function that it gives lets it work again.
func holdGarbage() (collect func()) {
	percent := debug.SetGCPercent(-1)
	return func() { debug.SetGCPercent(percent) }
}

func size(w config.Window) fyne.Size {
	if w.Width < 400 || w.Height < 300 {
		return fyne.NewSize(firstWidth, firstHeight)
	}
	return fyne.NewSize(w.Width, w.Height)
}

func (a *App) setUpTray() {
	if a.options.Tray == nil {
		desk, ok := a.fyne.(desktop.App)
		if !ok {
			return
		}
		a.options.Tray = systemTray{desk}
	}
	if !a.options.Tray.Available() {
		a.options.Tray = nil
		return
	}
	a.tray = tray{host: a.options.Tray, menu: a.trayMenu}
	a.tray.apply(a.options.Engine.Snapshot())
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
		a.pumping.Go(func() {
			pump{
				snapshot: a.options.Engine.Snapshot, changed: a.options.Engine.Changed(), do: fyne.Do, apply: a.apply, after: time.After, updated: a.options.Updated,
			}.run(a.ctx)
		})
	})
	if a.options.Hidden && a.options.Tray != nil {
		a.vm.Show(false)
	} else {
		a.show()
	}
	a.fyne.Run()
	a.stop()
	a.pumping.Wait()
}

func (a *App) apply(s engine.Snapshot, now time.Time) {
	a.vm.Apply(s, now)
	a.tray.apply(s)
}

// show brings the window to the front.
func (a *App) show() {
	a.window.Show()
	a.window.RequestFocus()
	a.vm.Show(true)
}

// close hides the window behind the tray, or quits where there is none.
func (a *App) close() {
	a.remember()
	if a.options.Tray == nil {
		a.askQuit()
		return
	}
	a.window.Hide()
	a.vm.Show(false)
}

// remember keeps the window's size.
func (a *App) remember() {
	s := a.options.Engine.Settings()
	now := a.window.Canvas().Size()
	if now.Width == s.Window.Width && now.Height == s.Window.Height {
		return
	}
	s.Window.Width, s.Window.Height = now.Width, now.Height
	_ = a.options.Engine.Apply(s) // a size that cannot be kept is no reason to hold anybody up
}

// askQuit quits, after a question when a task would be cut short.
func (a *App) askQuit() {
	for _, t := range a.options.Engine.Snapshot().Tasks {
		if t.State.Over() {
			continue
		}
		a.show()
		question := dialog.NewConfirm(i18n.T("Quit while a task runs?"),
			i18n.T("%s is not finished. Quitting cancels it; nothing that exists is lost, and the next start goes on from there.", viewmodel.Spoken(t.Title)),
			func(yes bool) {
				if yes {
					a.fyne.Quit()
				}
			}, a.window)
		question.SetConfirmText(i18n.T("Quit"))
		question.SetDismissText(i18n.T("Keep running"))
		question.Show()
		return
	}
	a.fyne.Quit()
}

// Quit ends the app without a question. It may be called from any goroutine.
func (a *App) Quit() {
	a.quit.Do(func() { fyne.Do(a.fyne.Quit) }) // a signal comes on a goroutine of its own
}

// async runs work on a goroutine that ends with the app, and on the main one what it gives.
func (a *App) async(work func(context.Context) func()) {
	a.pumping.Go(func() {
		if then := work(a.ctx); a.ctx.Err() == nil {
			fyne.Do(then)
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
