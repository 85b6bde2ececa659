package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/engine/task"
	"berth/engine/volume"
)

// openWith is open with a place for secrets that other engine layers have too.
func openWith(t *testing.T, host string, secrets secret.Store) *Engine {
	t.Helper()
	settings, err := config.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	where := connect.Where{Home: t.TempDir(), Env: func(name string) string {
		if name == "DOCKER_HOST" {
			return host
		}
		return ""
	}}
	e := Open(Options{Settings: settings, Secrets: secrets, Where: where, Log: slog.New(slog.NewTextHandler(logWriter{t}, nil))})
	t.Cleanup(e.Close)
	return e
}

// answers asks a sandbox's opencode for its health with a password.
func answers(t *testing.T, s Sandbox, password string) error {
	t.Helper()
	_, err := agent.NewClient(agent.V1, s.Address, password, nil).Health(t.Context())
	return err
}

// has is the password of a sandbox's container.
func has(t *testing.T, of *enginetest.Engine, name string) string {
	t.Helper()
	found, err := sandbox.Find(t.Context(), of.Client, name)
	if err != nil || found == nil {
		t.Fatalf("no container, %v", err)
	}
	return found.Password(agent.V1)
}

func TestANewPasswordTakesTheOldOnesPlace(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	kept := &memory{All: map[string]string{}}
	e := openWith(t, of.Host, kept)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	first := waitHealthy(t, e, name)
	old := has(t, of, name)
	left := leaveSomething(t, ask(t, e, name))

	v := mustFinish(t, e, e.NewPassword(name))
	second := waitFor(t, e, name, "made anew and healthy", func(s Sandbox) bool { return s.ContainerID != first.ContainerID && s.State == sandbox.Healthy })
	now := has(t, of, name)
	if now == old || len(now) != len(old) || second.Address != first.Address {
		t.Errorf("the password is another one: %v, at %s", now != old, second.Address)
	}
	if err := answers(t, second, old); !errors.Is(err, fault.Unauthorized) {
		t.Errorf("the old password is answered %v", err)
	}
	if err := answers(t, second, now); err != nil {
		t.Errorf("the new password is answered %v", err)
	}
	left.find(t, ask(t, e, name))
	if kept.All[e.passwordName(t.Context(), name)] != now || len(kept.Names(nextPasswords)) != 0 {
		t.Error("it is not what is kept")
	}
	for _, line := range e.TaskLog(v.ID, "") {
		if strings.Contains(line.Text, old) || strings.Contains(line.Text, now) {
			t.Error("the task's log has a password")
		}
	}

	// One that cannot start again comes back as it was.
	sh(t, of, "berth-"+name, `printf '{"model": [' > ~/.config/opencode/opencode.json`)
	if v := finish(t, e, e.NewPassword(name)); v.State != task.Failed {
		t.Fatalf("it ended as %s", v.State)
	}
	if back := has(t, of, name); back != now || kept.All[e.passwordName(t.Context(), name)] != now || len(kept.Names(nextPasswords)) != 0 {
		t.Errorf("the password is the one from before: %v; kept are %d", back == now, len(kept.All))
	}
	sh(t, of, "berth-"+name, `rm ~/.config/opencode/opencode.json`)

	// One that does not run gets it without being started.
	mustFinish(t, e, e.Stop(name))
	mustFinish(t, e, e.NewPassword(name))
	if third := has(t, of, name); third == now || kept.All[e.passwordName(t.Context(), name)] != third {
		t.Error("stopped, it kept its password")
	}
	if s := waitFor(t, e, name, "there", func(s Sandbox) bool { return s.ContainerID != second.ContainerID }); s.State.Running() {
		t.Errorf("it is %s", s.State)
	}
}

func TestAnOpenSandboxGetsNoPassword(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref, OpenAuth: true}))
	if v := finish(t, e, e.NewPassword(name)); !errors.Is(v.Err, fault.BadInput) {
		t.Errorf("it says %v", v.Err)
	}
}

// refusing keeps nothing, as a full disk.
type refusing struct{ *memory }

func (refusing) Set(context.Context, string, string) error {
	return fault.New(fault.DiskFull, "keep a secret", "the disk is full")
}

func TestWhereNoPasswordCanBeKeptNoneIsChanged(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	kept := &memory{All: map[string]string{}}
	e := openWith(t, of.Host, kept)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	first := waitHealthy(t, e, name)
	full := openWith(t, of.Host, refusing{kept})
	if v := finish(t, full, full.NewPassword(name)); !errors.Is(v.Err, fault.DiskFull) {
		t.Errorf("it says %v", v.Err)
	}
	if s := waitHealthy(t, e, name); s.ContainerID != first.ContainerID {
		t.Error("the container was touched")
	}
}

// dying is a place for secrets at whose n-th change Berth dies, before or after it is made.
type dying struct {
	*memory
	die func()

	mu    sync.Mutex // guards everything below
	n, at int
	after bool
	dead  bool
}

func (d *dying) change(do func() error) error {
	d.mu.Lock()
	d.n++
	hit, dead := d.n == d.at, d.dead
	d.dead = d.dead || hit
	d.mu.Unlock()
	var err error
	if !dead && (!hit || d.after) {
		err = do()
	}
	if hit {
		d.die()
	}
	if dead || hit {
		return errors.New("dead")
	}
	return err
}

func (d *dying) Set(ctx context.Context, name, s string) error {
	return d.change(func() error { return d.memory.Set(ctx, name, s) })
}

func (d *dying) Delete(ctx context.Context, name string) error {
	return d.change(func() error { return d.memory.Delete(ctx, name) })
}

// Whatever Berth dies at while a password changes, the next one finds a sandbox that is healthy with the password of its
// container, and just that is kept.
func TestADeathWhileThePasswordChangesLosesNone(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	kept := &memory{All: map[string]string{}}
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	gate := enginetest.NewGate(t, of.Host) // for all of it: secrets are kept by an engine's address
	first := openWith(t, gate.Host, kept)
	mustFinish(t, first, first.Create(sandbox.Spec{Name: name, Image: ref}))
	waitHealthy(t, first, name)
	first.Close()

	state := "" // which password the sandbox has after the last round
	// otherHolds is what another Berth holds the sandbox by while the next one connects; nil for none. It gives whether Berth died,
	// and how many steps it took otherwise.
	round := func(t *testing.T, step int, ofKeyring, after bool, otherHolds func() (release func())) (died bool, steps int) {
		old := has(t, of, name)
		place := &dying{memory: kept, die: gate.Die, after: after}
		e := openWith(t, gate.Host, place)
		enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
		if ofKeyring {
			place.mu.Lock()
			place.at = step
			place.mu.Unlock()
		} else {
			gate.DieAt(step, after)
		}
		id := e.NewPassword(name)
		enginetest.Eventually(t, 5*time.Minute, "the death, or the end", func() bool {
			return gate.Dead() || e.tasks.Find(id).View().State.Over()
		})
		e.Close()
		died, steps = gate.Dead(), len(gate.Asked())

		gate.DieAt(0, false)
		release := func() {}
		if otherHolds != nil {
			release = otherHolds()
		}
		next := openWith(t, gate.Host, kept)
		enginetest.Eventually(t, time.Minute, "the next connection", func() bool { return next.Snapshot().Listed })
		release()
		enginetest.Eventually(t, 3*time.Minute, "one password to be settled", func() bool {
			snap := next.Snapshot()
			return snap.Listed && len(kept.Names(nextPasswords)) == 0 && len(of.Containers(t, name)) == 1 && next.latest.busy(name, connect.Endpoint{}) == nil
		})
		s := waitHealthy(t, next, name)
		now := has(t, of, name)
		if err := answers(t, s, now); err != nil {
			t.Errorf("its own password is answered %v", err)
		}
		if got, err := kept.Get(t.Context(), next.passwordName(t.Context(), name)); err != nil || got != now {
			t.Errorf("what is kept is not its password, %v", err)
		}
		state = oldOr(now != old)
		t.Logf("it has the %s password", state)
		next.Close()
		return died, steps
	}

	place := &dying{memory: kept, die: func() {}}
	e := openWith(t, gate.Host, place)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(0, false)
	mustFinish(t, e, e.NewPassword(name))
	asked := gate.Asked()
	steps, changes := len(asked), place.n
	e.Close()
	t.Logf("%d steps of the engine, %d of the keyring", steps, changes)
	if changes != 3 || steps == 0 {
		t.Fatalf("the keyring was changed %d times, the engine %d times", changes, steps)
	}
	all := deathCount{operation: "new password", dies: "Berth", steps: steps + changes}
	for step := 1; step <= changes; step++ {
		for _, after := range []bool{false, true} {
			all.count(t, fmt.Sprintf("keyring %d after %v", step, after), func(t *testing.T) string {
				if died, _ := round(t, step, true, after, nil); !died {
					t.Error("nobody died")
				}
				return state
			})
		}
	}
	c := newChance(t)
	for _, n := range c.deaths("password", steps) {
		all.count(t, fmt.Sprintf("engine %d after %v", max(n, -n), n < 0), func(t *testing.T) string {
			c.mustDie(t, max(n, -n), func(step int) (bool, int) { return round(t, step, false, n < 0, nil) })
			return state
		})
	}
	all.writeDown(t)
	// The engine needs a moment to see that a Berth is dead, and another one may be at work: what cannot be settled at once is
	// settled later. The dead one had stopped the sandbox, with both passwords kept.
	t.Run("held by another", func(t *testing.T) {
		stop := 1 + slices.IndexFunc(asked, func(request string) bool { return strings.HasSuffix(request, "/stop") })
		died, _ := round(t, stop, false, true, func() func() {
			var release func()
			enginetest.Eventually(t, time.Minute, "the lease of the dead one to end", func() bool {
				var err error
				release, err = volume.Lease(t.Context(), of.Client, ref, name)
				return err == nil
			})
			return release
		})
		if !died {
			t.Error("nobody died")
		}
	})
}

// A container that is gone with the Berth that changed its password comes back with the new one: the old one was to go.
func TestAPasswordThatWasToComeIsTheOneOfTheNextContainer(t *testing.T) {
	kept := &memory{All: map[string]string{passwords + "x": "old", nextPasswords + "x": "new"}}
	e := &Engine{super: &connect.Supervisor{}, opts: Options{Secrets: kept}, log: slog.New(slog.DiscardHandler)}
	got, err := e.password(t.Context(), nil, "x", false)
	if err != nil || got != "new" || kept.All[passwords+"x"] != "new" || len(kept.All) != 1 {
		t.Errorf("got %q, %v, kept are %v", got, err, kept.All)
	}
}

// unreadable is a keyring that does not open.
type unreadable struct{ *memory }

func (unreadable) Get(context.Context, string) (string, error) {
	return "", fault.New(fault.Permission, "read from the keyring", "the keyring is locked")
}

func TestAKeyringThatDoesNotOpenKeepsNoSandboxFromBeingMade(t *testing.T) {
	kept := &memory{All: map[string]string{passwords + "x": "old"}}
	e := &Engine{super: &connect.Supervisor{}, opts: Options{Secrets: unreadable{kept}}, log: slog.New(slog.DiscardHandler), changed: make(chan struct{}, 1)}
	got, err := e.password(t.Context(), nil, "x", false)
	if err != nil || len(got) != 43 || kept.All[passwords+"x"] != got {
		t.Errorf("got %d letters, %v", len(got), err)
	}
	if len(e.notices) == 0 || !strings.Contains(e.notices[0].Text, "the keyring is locked") {
		t.Errorf("it says %+v", e.notices)
	}
}
