package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
)

const (
	soakSandboxes = 4               // that are made at the beginning and must be there, whole, at the end
	soakCopies    = 2               // names that clones and restores come and go under
	soakHands     = 6               // goroutines that give commands
	soakHang      = 8 * time.Minute // a command that takes longer hangs, whatever befell it
)

// soak is one long run: the engine, what stands between it and Berth and between it and the registry, and the Berth of the moment.
type soak struct {
	t     *testing.T
	of    *enginetest.PrivateEngine
	built *enginetest.Engine      // the one that has the image
	wire  *enginetest.FaultyProxy // between Berth and the engine
	pulls *enginetest.FaultyProxy // between the engine and the registry
	log   *slog.Logger

	dir     string // of backups and settings
	secrets *memory
	direct  string // the repository in the registry, past the proxy
	ref     string // the sandboxes' image, through it
	small   string // a repository of small images, through it

	names, copies []string
	left          map[string]things // what was left in each of names
	tally         tally
	memory        []memoryUse // of moments in turn; weigh's alone until it ended

	mu     sync.RWMutex // guards everything below
	berth  *Engine
	asking context.Context // ends with that Berth
	ended  context.CancelFunc
}

// For as long as BERTH_SOAK says, many goroutines give random commands, while the engine is killed and started again, the registry
// and Berth's connections are cut and stall, containers are killed and removed outside, and Berth is cut off, ended and opened again.
// In the end what is shown is what is there, what was left in the sandboxes is in them, and nothing else is left of it all.
//
// What may be lost: what was being written when a container was killed and was not acknowledged. What may fail: any command, with
// a fault that says why. One seed gives each goroutine the same choices again; how they meet is the computer's.
func TestSoakLosesNothingAndEndsInWhatIsShown(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("BERTH_SOAK"))
	if err != nil || length <= 0 {
		t.Skip("takes long: run `make soak`, which sets BERTH_SOAK to how long it shall go on")
	}
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("BERTH_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("BERTH_SEED=%d", seed)
	s := newSoak(t)
	before := s.atRest()
	s.openBerth()

	ctx, stop := context.WithCancel(t.Context())
	var hands sync.WaitGroup
	defer func() { // also when it was given up
		stop()
		s.calm()
		s.closeBerth()
		hands.Wait()
	}()
	hands.Go(func() { s.watch(ctx) })
	hands.Go(func() { s.weigh(ctx, length) })
	for n := range soakHands {
		r := rand.New(rand.NewPCG(seed, uint64(n)+1))
		hands.Go(func() { s.work(ctx, r) })
	}
	r := rand.New(rand.NewPCG(seed, 0))
	s.trouble(r, length)
	stop()
	s.calm()
	hands.Wait()

	s.flat()
	s.settled()
	s.compare()
	s.lookInside()
	s.nothingBeside()
	s.closeBerth()
	s.quiet()
	s.resources(before)
	s.tally.print(t)
}

// newSoak starts the engine, gets the images, and makes the sandboxes with something left in each.
func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{
		t: t, of: enginetest.Private(t), dir: t.TempDir(), secrets: &memory{All: map[string]string{}}, left: map[string]things{},
		log: soakLog(t), tally: newTally(),
	}
	s.wire = enginetest.Proxy(t, "unix", s.of.Host[len("unix://"):])
	s.pulls = enginetest.Proxy(t, "tcp", enginetest.Registry(t))
	name := enginetest.Name(t)
	s.direct, s.ref, s.small = enginetest.Registry(t)+"/"+name, s.pulls.Addr()+"/"+name+":now", s.pulls.Addr()+"/"+name+"-small"
	s.built = enginetest.Shared(t)
	var pinned string
	t.Run("the image", func(t *testing.T) { pinned = ensureBuilt(t, s.built) }) // its Berth ends with it
	if pinned == "" {
		t.FailNow()
	}
	enginetest.Push(t, s.built, pinned, s.direct+":0")
	pullAndTag(t, &s.of.Engine, s.direct+":0", pinned)
	pin, _ := image.PinFor(runtime.GOARCH)
	for v := range soakVariants { // of one version and other ids, so that each can be updated to the other
		tag := "localhost/" + name + ":" + strconv.Itoa(v)
		variant(t, &s.of.Engine, pinned, tag, pin.Version, "")
		enginetest.Push(t, &s.of.Engine, tag, s.direct+":"+strconv.Itoa(v))
	}
	s.publish(0)
	s.remove(isLoose) // what the images were made of
	for n := range soakSmall {
		enginetest.PushLayers(t, fmt.Sprintf("%s-small:%d", s.direct, n), 3, 200_000)
	}
	for n := range soakSandboxes {
		s.names = append(s.names, fmt.Sprintf("kept-%d", n))
	}
	for n := range soakCopies {
		s.copies = append(s.copies, fmt.Sprintf("copy-%d", n))
	}
	e := s.openBerth()
	for _, name := range s.names {
		s.up(e, name, e.Create(sandbox.Spec{Name: name, Image: s.ref}))
		s.left[name] = leaveSomething(t, ask(t, e, name))
		mustFinish(t, e, e.Backup(name, s.backup(name)))
	}
	s.closeBerth()
	return s
}

// up waits until a sandbox that a task brings up is healthy. On a slow computer that may be after the task gave up waiting for it.
func (s *soak) up(e *Engine, name string, id task.ID) {
	s.t.Helper()
	if v := finish(s.t, e, id); v.Err != nil && !errors.Is(v.Err, fault.Unhealthy) {
		s.t.Fatalf("%s: %v", v.Title, v.Err)
	}
	enginetest.Eventually(s.t, 5*time.Minute, name+" to be healthy", func() bool {
		return slices.ContainsFunc(e.Snapshot().Sandboxes, func(one Sandbox) bool { return one.Name == name && one.State == sandbox.Healthy })
	})
}

// backup is the file of what a sandbox held at the beginning.
func (s *soak) backup(name string) string { return filepath.Join(s.dir, name+".berth") }

// soakLog is a file for the app log, which is kept when the run fails.
func soakLog(t *testing.T) *slog.Logger {
	t.Helper()
	file, err := os.CreateTemp("", "berth-soak-*.log")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the app log is in %s while it runs, and after it when it fails", file.Name())
	t.Cleanup(func() {
		_ = file.Close()
		if !t.Failed() {
			_ = os.Remove(file.Name())
		}
	})
	return slog.New(slog.NewTextHandler(file, nil))
}

// openBerth starts a Berth on the same settings and secrets.
func (s *soak) openBerth() *Engine {
	s.t.Helper()
	store, err := config.Open(filepath.Join(s.dir, "settings"))
	if err != nil {
		s.t.Fatal(err)
	}
	settings := store.Settings()
	settings.Image.Source, settings.Image.References = config.SourcePull, []string{s.ref}
	settings.Backup.Folder = filepath.Join(s.dir, "backups")
	if err := store.Save(settings); err != nil {
		s.t.Fatal(err)
	}
	host := "tcp://" + s.wire.Addr()
	where := connect.Where{Home: s.dir, Env: func(name string) string {
		if name == "DOCKER_HOST" {
			return host
		}
		return ""
	}}
	e := Open(Options{
		Settings: store, Secrets: s.secrets, Where: where, Log: s.log,
		Endpoint: host, // no other engine of this computer may be taken while this one is away
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.berth = e
	s.asking, s.ended = context.WithCancel(s.t.Context())
	return e
}

// closeBerth ends the Berth of the moment; one that does not end hangs.
func (s *soak) closeBerth() {
	s.t.Helper()
	e, _ := s.now()
	s.mu.RLock()
	s.ended()
	s.mu.RUnlock()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		e.Close()
	}()
	select {
	case <-closed:
	case <-time.After(soakHang):
		s.t.Fatalf("Berth does not end:\n%s", stacks())
	}
}

// now is the Berth of the moment, and what ends with it.
func (s *soak) now() (*Engine, context.Context) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.berth, s.asking
}

// watch does what a window does: it takes a snapshot whenever there is something new, and looks at one sandbox after another.
func (s *soak) watch(ctx context.Context) {
	frame := time.NewTicker(50 * time.Millisecond)
	defer frame.Stop()
	progress, broken := map[task.ID]float64{}, map[task.ID]bool{}
	var of *Engine
	for n := 0; ; n++ {
		e, _ := s.now()
		if e != of {
			of, progress, broken = e, map[task.ID]float64{}, map[task.ID]bool{}
		}
		if n%100 == 0 {
			e.Look(n%300 != 0, s.names[n/100%len(s.names)])
		}
		select {
		case <-ctx.Done():
			return
		case <-frame.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-e.Changed():
		case <-frame.C:
			continue
		}
		snap := e.Snapshot()
		for i, one := range snap.Sandboxes {
			if i > 0 && snap.Sandboxes[i-1].Name >= one.Name {
				s.t.Errorf("%s is shown after %s", one.Name, snap.Sandboxes[i-1].Name)
			}
		}
		for _, v := range snap.Tasks {
			if v.Progress < progress[v.ID] || v.Progress > 1 {
				s.t.Errorf("%s went from %v to %v", v.Title, progress[v.ID], v.Progress)
			}
			progress[v.ID] = v.Progress
			if v.Err != nil && strings.Contains(v.Err.Error(), "internal error") && !broken[v.ID] {
				broken[v.ID] = true
				s.t.Errorf("%s failed by itself: %v", v.Title, v.Err)
			}
		}
	}
}
