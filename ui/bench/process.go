package main

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"berth/ui/theme"
)

// sign is what a window's process says when what is waited for is painted.
const sign = "painted"

// process is a window in a process of its own. It ends when its input does.
type process struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// open starts this program as that window, and waits until it is painted.
func open(name string, env ...string) (*process, error) {
	cmd := exec.Command(os.Args[0], "-one", name) // itself
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &process{name: name, cmd: cmd, in: in, out: bufio.NewReader(out)}
	defer w.within(time.Minute)()
	return w, w.hear(sign)
}

// within lets a process that takes longer for something say where it stands, and die.
func (w *process) within(limit time.Duration) (done func() bool) {
	return time.AfterFunc(limit, func() { _ = w.cmd.Process.Signal(syscall.SIGQUIT) }).Stop
}

// hear waits for the process to say something.
func (w *process) hear(want string) error {
	line, err := w.out.ReadString('\n')
	if err != nil || line != want+"\n" {
		_ = w.end()
		return fmt.Errorf("%s says %q and not %q: %v", w.name, line, want, err) //nolint:errorlint // the end of its output is no cause
	}
	return nil
}

// end closes the window and waits for the process.
func (w *process) end() error {
	_ = w.in.Close()
	defer w.within(time.Minute)()
	return w.cmd.Wait()
}

// quitWithInput ends the app when the process that started it closes this one's input.
func quitWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	fyne.Do(fyne.CurrentApp().Quit)
}

// showEmpty is the least a Fyne app can be, with some words.
func showEmpty(words ...fyne.TextStyle) error {
	a := app.NewWithID("app.berth.bench")
	w := a.NewWindow("Berth")
	var once sync.Once
	dot, _ := marker(func() { once.Do(func() { fmt.Println(sign) }) })
	content := container.NewStack(dot)
	for _, style := range words {
		content.Add(&canvas.Text{Text: "Berth", TextSize: theme.TextSize, TextStyle: style, Color: color.White})
	}
	w.SetContent(content)
	w.Resize(fyne.NewSize(1280, 800))
	w.CenterOnScreen()
	a.Lifecycle().SetOnStarted(func() { go quitWithInput() })
	w.ShowAndRun()
	return nil
}
