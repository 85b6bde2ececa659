// Berth runs the opencode coding agent in a Docker sandbox and never loses what is in it.
//
// This file wires the engine layer to the window and does nothing else.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/adrg/xdg"

	"berth/engine"
	"berth/engine/applog"
	"berth/engine/autostart"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/crash"
	"berth/engine/fault"
	"berth/engine/fleet"
	"berth/engine/secret"
	"berth/engine/single"
	"berth/ui"
	"berth/ui/viewmodel"
)

// Stamped by the build: -ldflags "-X main.version=... -X main.commit=...".
var (
	version = "0.1.0-dev"
	commit  = "unknown"
)

// flags are what the command line can say.
type flags struct {
	start, hidden, version bool
	config                 string
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "berth:", err)
			var untold *cannotStart
			if errors.As(err, &untold) && hasDisplay() {
				ui.CannotStart(untold.error)
			}
			os.Exit(1)
		}
	}
}

// cannotStart is what the person has to be shown that started Berth by a double-click.
type cannotStart struct{ error }

func (e *cannotStart) Unwrap() error { return e.error }

// hasDisplay reports whether there may be a desktop to show a window on.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("berth", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.BoolVar(&f.start, "start", false, "start the default sandbox")
	set.BoolVar(&f.hidden, "hidden", false, "start in the tray, without a window")
	set.StringVar(&f.config, "config", "", "keep settings in `DIR` instead of the usual folder")
	set.BoolVar(&f.version, "version", false, "print the version and end")
	set.Usage = func() {
		fmt.Fprint(stderr, "Berth runs the opencode coding agent in a Docker sandbox.\n\nUsage: berth [flags]\n\n")
		set.VisitAll(func(f *flag.Flag) {
			value, usage := flag.UnquoteUsage(f)
			if f.DefValue == "false" {
				value = ""
			}
			fmt.Fprintf(stderr, "  --%-14s %s\n", strings.TrimSpace(f.Name+" "+value), usage)
		})
	}
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q; see berth --help", set.Arg(0))
	}
	return f, nil
}

func run(args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if f.version {
		fmt.Fprintf(stdout, "berth %s (%s)\n", version, commit)
		return nil
	}
	atLogin := login(f.config)
	if f.config == "" {
		f.config = filepath.Join(xdg.ConfigHome, "berth")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	asks := make(chan single.Ask)
	first, err := single.Claim(runFolder(f.config), single.Ask{Start: f.start, Hidden: f.hidden}, func(ask single.Ask) bool {
		select {
		case asks <- ask:
			return true
		case <-ctx.Done():
			return false
		}
	})
	var note string
	switch {
	case errors.Is(err, fault.Timeout) && f.hidden:
		return err
	case errors.Is(err, fault.Timeout):
		return &cannotStart{err}
	case err != nil: // a folder that cannot be written to is no reason not to run
		note = "A second start of Berth cannot show this window: " + err.Error() + "."
	case first == nil:
		fmt.Fprintln(stdout, "Berth runs already: it has been told.")
		return nil
	default:
		defer first.Close()
		note = first.Note
	}
	log, logFile, closeLog := openLog()
	defer closeLog()
	log.Info("berth starts", "version", version, "commit", commit)
	about := engine.About{Version: version, Commit: commit, LogFile: logFile}
	var crashes ui.Crashes
	if book, err := crash.Watch(crashFolder(f.config), crashTitle()); err != nil { // no reason not to run
		log.Warn("a crash would leave no report", "err", err)
	} else {
		defer book.Close()
		about.Crashes, crashes = book.All, book
	}

	settings, err := config.Open(f.config)
	if err != nil {
		return &cannotStart{err}
	}
	e := fleet.Open(engine.Options{
		Settings: settings,
		Secrets:  secret.Open(f.config),
		Where:    connect.Here(),
		Log:      log,
		About:    about,
	})
	defer closeWithin(e, closePatience, log)

	notes := settings.Notes()
	if note != "" {
		notes = append(notes, note)
	}
	app := ui.New(ui.Options{Engine: e, Version: version, Hidden: f.hidden, Notes: notes, Crashes: crashes, Login: atLogin})
	context.AfterFunc(ctx, app.Quit)
	if f.start {
		e.Start(viewmodel.DefaultSandbox)
	}
	var hearing sync.WaitGroup
	hearing.Go(func() {
		for {
			select {
			case ask := <-asks:
				log.Info("started once more", "start", ask.Start, "hidden", ask.Hidden)
				if ask.Start {
					e.Start(viewmodel.DefaultSandbox)
				}
				if !ask.Hidden {
					app.Show()
				}
			case <-ctx.Done():
				return
			}
		}
	})
	app.Run()
	stop()
	hearing.Wait()
	log.Info("berth ends")
	return nil
}

// login is the system's way to start this Berth at login, with these settings; nil when the program cannot be named.
func login(config string) viewmodel.LoginStart {
	if usual := filepath.Join(xdg.ConfigHome, "berth"); filepath.Clean(config) == usual {
		config = ""
	}
	program, err := autostart.This(config)
	if err != nil {
		return nil
	}
	return autostart.Here(program)
}

// runFolder is where one program for a folder of settings says that it runs: in the folder for what lives as long as a session
// does, and where a system has none, beside the settings.
func runFolder(config string) string {
	if info, err := os.Stat(xdg.RuntimeDir); err == nil && info.IsDir() {
		// Short, because a socket's path has a limit of 104 bytes.
		return filepath.Join(xdg.RuntimeDir, "berth-"+settingsName(config))
	}
	return filepath.Join(whole(config), "run")
}

func whole(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// settingsName tells folders of settings apart in eight letters.
func settingsName(config string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(whole(config))))[:8]
}

// crashFolder is where a Berth on those settings leaves a report when it crashes, which only one on the same settings takes up.
func crashFolder(config string) string {
	return filepath.Join(xdg.StateHome, "berth", "crashes", settingsName(config))
}

// crashTitle is how such a report begins.
func crashTitle() string {
	return fmt.Sprintf("Berth %s (%s), %s on %s/%s, started %s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.RFC3339))
}

// closePatience is how long the end waits for running tasks. What they leave half done the next start finishes, so a
// daemon that hangs does not keep the program alive.
const closePatience = 1500 * time.Millisecond

func closeWithin(e *fleet.Fleet, patience time.Duration, log *slog.Logger) {
	closed := make(chan struct{})
	go func() {
		e.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(patience):
		log.Warn("a task did not end in time")
	}
}

// openLog opens the app log. Without one the program still runs.
func openLog() (log *slog.Logger, path string, end func()) {
	file, err := applog.Open(filepath.Join(xdg.StateHome, "berth", "berth.log"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "berth: no log file:", err)
		return slog.New(slog.DiscardHandler), "", func() {}
	}
	return file.Logger, file.Path, func() { _ = file.Close() }
}
