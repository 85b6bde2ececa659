package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
)

// PrivateEngine is a Docker engine of one test's own, which it may kill.
type PrivateEngine struct {
	Engine

	t      testing.TB
	dir    string
	bridge string
	beside bool // it leaves the host's packet filter alone
	cmd    *exec.Cmd
	ended  chan struct{}
	output bytes.Buffer
}

// Private starts an engine with a bridge and data of its own. It pulls through the shared registry. It ends, and leaves
// nothing, with the test.
func Private(t testing.TB) *PrivateEngine {
	t.Helper()
	return private(t, "", false)
}

// PrivateBeside is Private for a test that runs while another one uses the shared engine: a Docker engine that starts makes the packet
// filter's rules of all engines anew. This one makes none. Ports are published by its own proxy; its containers reach nothing but
// this computer.
func PrivateBeside(t testing.TB) *PrivateEngine {
	t.Helper()
	return private(t, "", true)
}

// PrivateWithDisk is Private with a file system of that size, "250m", for the engine's data.
func PrivateWithDisk(t testing.TB, size string) *PrivateEngine {
	t.Helper()
	return private(t, size, false)
}

func private(t testing.TB, size string, beside bool) *PrivateEngine {
	t.Helper()
	Registry(t)
	if os.Getenv("BERTH_TEST_PRIVATE") == "no" {
		t.Attr("engine", "private")
		t.Skip("an engine of its own says nothing of the one under test")
	}
	if os.Getuid() != 0 {
		t.Skip("an engine of its own needs root")
	}
	dir, err := os.MkdirTemp("", "berth-engine-") // short: a socket's path has a limit
	if err != nil {
		t.Fatal(err)
	}
	e := &PrivateEngine{t: t, dir: dir, beside: beside}
	e.Host = "unix://" + filepath.Join(dir, "s.sock")
	t.Cleanup(e.clean) // unmounts it too
	if size != "" {
		if err := os.Mkdir(e.file("data"), 0o710); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", e.file("data"), "tmpfs", 0, "mode=0710,size="+size); err != nil {
			t.Fatal(err)
		}
	}
	e.addBridge()
	e.Start()
	e.Client = dial(t, e.Host)
	return e
}

// addBridge makes a bridge on a /24 nobody has.
func (e *PrivateEngine) addBridge() {
	e.t.Helper()
	for n := os.Getpid() % 200; n < os.Getpid()%200+50; n++ {
		e.bridge = fmt.Sprintf("bpe%d", n)
		if _, err := net.InterfaceByName(e.bridge); err == nil {
			continue
		}
		if exec.Command("ip", "link", "add", e.bridge, "type", "bridge").Run() != nil {
			continue // another test was quicker
		}
		run(e.t, "ip", "addr", "add", fmt.Sprintf("10.214.%d.1/24", n), "dev", e.bridge)
		run(e.t, "ip", "link", "set", e.bridge, "up")
		return
	}
	e.t.Fatal("no free bridge")
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func (e *PrivateEngine) file(name string) string { return filepath.Join(e.dir, name) }

// Start starts the engine on the same socket and data, and waits until it answers.
func (e *PrivateEngine) Start() {
	e.t.Helper()
	_ = os.Remove(e.file("pid")) // a killed engine leaves it, and another process may have that number by now
	// A killed engine takes its containerd along; where nobody reaps that, its number still seems to run.
	_ = os.Remove(e.file("exec/containerd/containerd.pid"))
	registry := Registry(e.t)
	e.cmd = exec.Command("dockerd", "--data-root", e.file("data"), "--exec-root", e.file("exec"), "--pidfile", e.file("pid"),
		"-H", e.Host, "--bridge", e.bridge, "--default-address-pool", "base=10.214.0.0/16,size=24", "--registry-mirror", "http://"+registry, "--insecure-registry", "127.0.0.0/8", "--iptables="+strconv.FormatBool(!e.beside))
	e.cmd.Stdout, e.cmd.Stderr = &e.output, &e.output
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	e.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // how it ended is seen by who asks it
		close(ended)
	}(e.cmd)
	cli := dial(e.t, e.Host)
	Eventually(e.t, 60*time.Second, "the engine to answer", func() bool {
		select {
		case <-ended:
			e.t.Fatalf("the engine ended:\n%s", e.output.String())
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := cli.Ping(ctx)
		return err == nil
	})
}

// Kill ends the engine as a crash would. Its containers' processes go on, and the next Start ends those it may not keep.
func (e *PrivateEngine) Kill() {
	e.t.Helper()
	_ = e.cmd.Process.Kill()
	<-e.ended
}

// Stop ends the engine as an administrator would, its containers first.
func (e *PrivateEngine) Stop() {
	e.t.Helper()
	_ = e.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.ended:
	case <-time.After(40 * time.Second):
		e.Kill()
	}
}

// clean ends the engine and removes all it made.
func (e *PrivateEngine) clean() {
	if e.cmd != nil {
		cli := dial(e.t, e.Host)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if list, err := cli.ContainerList(ctx, container.ListOptions{All: true}); err == nil {
			for _, c := range list {
				_ = cli.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
			}
		}
		_, _ = cli.NetworksPrune(ctx, filters.Args{}) // their bridges would outlive the engine
		e.Stop()
	}
	e.killLeftovers()
	if e.bridge != "" {
		_ = exec.Command("ip", "link", "del", e.bridge).Run()
	}
	e.unmount()
	if err := os.RemoveAll(e.dir); err != nil {
		e.t.Errorf("the engine left something: %v", err)
	}
}

// killLeftovers ends the containerd and the shims of a killed engine: the processes that name its folder.
func (e *PrivateEngine) killLeftovers() {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is fixed
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte(e.dir+"/")) {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(file, "/proc/%d/", &pid); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// unmount undoes the mounts below the engine's folder, the newest first.
func (e *PrivateEngine) unmount() {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if fields := strings.Fields(lines[i]); len(fields) > 1 && strings.HasPrefix(fields[1], e.dir+"/") {
			_ = syscall.Unmount(fields[1], syscall.MNT_DETACH)
		}
	}
}
