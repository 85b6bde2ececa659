package engine

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"berth/engine/backup"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// settings are those of every Berth in these tests.
func (w *deathWorld) settings(s *config.Settings) {
	s.Image.Source, s.Image.References = config.SourcePull, []string{w.ref}
}

// whole brings the sandbox up and looks that what it held from the first is still in it.
func (w *deathWorld) whole(t *testing.T, e *Engine, name string) Sandbox {
	t.Helper()
	mustFinish(t, e, e.Start(name))
	s := waitHealthy(t, e, name)
	w.left.find(t, ask(t, e, name))
	return s
}

// exists reports whether a sandbox has a container.
func (w *deathWorld) exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := w.of.Client.ContainerInspect(t.Context(), sandbox.ContainerName(name))
	if err != nil && !errdefs.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// later makes a session that only the state from now on has.
func (w *deathWorld) later(t *testing.T, e *Engine) {
	t.Helper()
	w.whole(t, e, w.name)
	newSession(t, e, w.name, "later")
}

// forget takes that session away again.
func (w *deathWorld) forget(t *testing.T, e *Engine) {
	t.Helper()
	c := ask(t, e, w.name)
	var all []struct{ ID, Title string }
	request(t.Context(), t, c, http.MethodGet, "/session"+inWorkspace, nil, &all)
	for _, s := range all {
		if s.Title == "later" {
			request(t.Context(), t, c, http.MethodDelete, "/session/"+s.ID+inWorkspace, nil, nil)
		}
	}
}

func oldOr(is bool) string {
	if is {
		return "new"
	}
	return "old"
}

// operations are all that change a sandbox in more than one step.
func (w *deathWorld) operations(t *testing.T) []operation {
	t.Helper()
	return []operation{w.edit(), w.update(t), w.keep(t), w.restore(t), w.rollback(t), w.clone(), w.create(), w.remove(t), w.bringBack(t), w.bringBackOn(t), w.delete(t)}
}

func (w *deathWorld) edit() operation {
	memory := []int64{1 << 30, 2 << 30}
	return operation{
		name: "edit",
		do: func(e *Engine) task.ID {
			return e.Edit(sandbox.Spec{Name: w.name, Image: w.ref, Memory: memory[w.turn%2], Port: 0})
		},
		check: func(t *testing.T, e *Engine) string {
			return oldOr(w.whole(t, e, w.name).Spec.Memory == memory[w.turn%2])
		},
		again: func(*testing.T, *Engine) { w.turn++ },
	}
}

func (w *deathWorld) update(t *testing.T) operation {
	push := func() { enginetest.Push(t, w.of, "localhost/"+w.name+":"+string(rune('0'+w.turn%2)), w.ref) }
	version := func() string { return "1.18.3" + string(rune('0'+w.turn%2)) }
	before := ""
	prepare := func(t *testing.T, e *Engine) {
		// Always from the older to the newer.
		w.turn = 0
		push()
		mustFinish(t, e, e.PullImage(w.ref))
		w.whole(t, e, w.name)
		mustFinish(t, e, e.Stop(w.name))
		// Outside Berth, so that the next container is made of what the reference names now, not of what this one ran.
		if err := w.of.Client.ContainerRemove(t.Context(), sandbox.ContainerName(w.name), container.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		mustFinish(t, e, e.Start(w.name))
		before = waitHealthy(t, e, w.name).ImageID
		w.turn = 1
		push()
	}
	first := true
	return operation{
		name: "update",
		do: func(e *Engine) task.ID {
			if first {
				first = false
				helper := open(t, w.of.Host, w.settings)
				prepare(t, helper)
				helper.Close()
			}
			return e.Update(w.name)
		},
		check: func(t *testing.T, e *Engine) string {
			s := w.whole(t, e, w.name)
			if s.ImageID != before {
				for _, p := range points(t, e, w.name) {
					if p.Reason == "update" && p.Version < version() {
						return "new"
					}
				}
				t.Error("it is updated, and there is no rollback point")
			}
			return oldOr(s.ImageID != before)
		},
		again: prepare,
	}
}

func (w *deathWorld) restore(t *testing.T) operation {
	return operation{
		name: "restore",
		do: func(e *Engine) task.ID {
			ready := open(t, w.of.Host, w.settings)
			w.later(t, ready)
			ready.Close()
			return e.Restore(w.backup, w.name, false)
		},
		check: func(t *testing.T, e *Engine) string {
			w.whole(t, e, w.name)
			is := !hasSession(t, e, w.name, "later")
			if !is {
				w.forget(t, e)
			}
			return oldOr(is)
		},
		again: func(*testing.T, *Engine) {},
	}
}

// keep backs it up: it was paused for that, and there is a whole file or none.
func (w *deathWorld) keep(t *testing.T) operation {
	dir := t.TempDir()
	path := filepath.Join(dir, "kept.berth")
	return operation{
		name: "backup",
		do:   func(e *Engine) task.ID { return e.Backup(w.name, path) },
		check: func(t *testing.T, e *Engine) string {
			w.whole(t, e, w.name)
			files, err := os.ReadDir(dir)
			if err != nil || len(files) > 1 || len(files) == 1 && files[0].Name() != filepath.Base(path) {
				t.Errorf("there are %v, %v", files, err)
			}
			if len(files) == 0 {
				return oldOr(false)
			}
			if _, err := backup.Verify(t.Context(), path, nil); err != nil {
				t.Error(err)
			}
			return oldOr(true)
		},
		again: func(t *testing.T, _ *Engine) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		},
	}
}

func (w *deathWorld) rollback(t *testing.T) operation {
	var point string
	return operation{
		name: "rollback",
		do: func(e *Engine) task.ID {
			ready := open(t, w.of.Host, w.settings)
			mustFinish(t, ready, ready.Restore(w.backup, w.name, false)) // makes a point, and takes "later" away
			all := points(t, ready, w.name)
			point = all[0].ID
			w.later(t, ready)
			ready.Close()
			return e.Rollback(w.name, point)
		},
		check: func(t *testing.T, e *Engine) string {
			w.whole(t, e, w.name)
			is := !hasSession(t, e, w.name, "later")
			if !is {
				w.forget(t, e)
			}
			return oldOr(is)
		},
		again: func(*testing.T, *Engine) {},
	}
}

func (w *deathWorld) clone() operation {
	return operation{
		name: "clone",
		do:   func(e *Engine) task.ID { return e.Clone(w.name, w.to) },
		check: func(t *testing.T, e *Engine) string {
			w.whole(t, e, w.name)
			if !w.exists(t, w.to) {
				nothingOf(t, w.of, w.to)
				return "old"
			}
			w.whole(t, e, w.to)
			return "new"
		},
		again: func(t *testing.T, e *Engine) { mustFinish(t, e, e.DeleteData(w.to)) },
	}
}

func (w *deathWorld) create() operation {
	return operation{
		name: "create",
		do:   func(e *Engine) task.ID { return e.Create(sandbox.Spec{Name: w.to, Image: w.ref}) },
		check: func(t *testing.T, e *Engine) string {
			if !w.exists(t, w.to) {
				nothingOf(t, w.of, w.to) // else its name would be taken, by data that are nobody's
				return "old"
			}
			mustFinish(t, e, e.Start(w.to))
			waitHealthy(t, e, w.to)
			return "new"
		},
		again: func(t *testing.T, e *Engine) { mustFinish(t, e, e.DeleteData(w.to)) },
	}
}

func (w *deathWorld) remove(t *testing.T) operation {
	t.Helper()
	var was sandbox.Spec
	return operation{
		name: "remove",
		do: func(e *Engine) task.ID {
			ready := open(t, w.of.Host, w.settings)
			// Nothing that a start would choose by itself.
			mustFinish(t, ready, ready.Edit(sandbox.Spec{Name: w.name, Image: w.ref, Memory: 3 << 29, CPUs: 1.5, Restart: "no", Env: map[string]string{"CHOSEN": "yes"}}))
			was = w.whole(t, ready, w.name).Spec
			ready.Close()
			return e.Remove(w.name)
		},
		check: func(t *testing.T, e *Engine) string {
			is := !w.exists(t, w.name)
			w.isAsItWas(t, e, was)
			return oldOr(is)
		},
		again: func(*testing.T, *Engine) {},
	}
}

// bringBack starts a sandbox whose container was removed.
func (w *deathWorld) bringBack(t *testing.T) operation {
	t.Helper()
	var was sandbox.Spec
	return operation{
		name: "bring back",
		do: func(e *Engine) task.ID {
			ready := open(t, w.of.Host, w.settings)
			was = w.whole(t, ready, w.name).Spec
			mustFinish(t, ready, ready.Remove(w.name))
			ready.Close()
			return e.Start(w.name)
		},
		check: func(t *testing.T, e *Engine) string {
			is := w.exists(t, w.name)
			w.isAsItWas(t, e, was)
			return oldOr(is)
		},
		again: func(*testing.T, *Engine) {},
	}
}

// bringBackOn brings it back on another image than the one it ran, which is a change with a rollback point.
func (w *deathWorld) bringBackOn(t *testing.T) operation {
	t.Helper()
	other := "localhost/" + w.name + ":2"
	var was sandbox.Spec
	return operation{
		name: "bring back on another image",
		do: func(e *Engine) task.ID {
			ready := open(t, w.of.Host, w.settings)
			if was = w.whole(t, ready, w.name).Spec; was.Image == other {
				mustFinish(t, ready, ready.Rollback(w.name, points(t, ready, w.name)[0].ID))
				was = w.whole(t, ready, w.name).Spec
			}
			mustFinish(t, ready, ready.Remove(w.name))
			ready.Close()
			return e.Create(sandbox.Spec{Name: w.name, Image: other})
		},
		check: func(t *testing.T, e *Engine) string {
			is := w.whole(t, e, w.name).Spec.Image == other
			if !is {
				w.isAsItWas(t, e, was)
			} else if len(points(t, e, w.name)) == 0 {
				t.Error("it runs the other image, and there is no rollback point")
			}
			return oldOr(is)
		},
		again: func(*testing.T, *Engine) {},
	}
}

// isAsItWas brings the sandbox up and looks that it is what it was, with what it held.
func (w *deathWorld) isAsItWas(t *testing.T, e *Engine, was sandbox.Spec) {
	t.Helper()
	now := w.whole(t, e, w.name).Spec
	if now.Port = was.Port; !reflect.DeepEqual(now, was) { // the port may be another's by now
		t.Errorf("it was %+v and is %+v", was, now)
	}
}

func (w *deathWorld) delete(t *testing.T) operation {
	fresh := func(t *testing.T, e *Engine) {
		if !w.exists(t, w.to) {
			mustFinish(t, e, e.Clone(w.name, w.to))
		}
	}
	return operation{
		name: "delete data",
		do: func(e *Engine) task.ID {
			if !w.exists(t, w.to) {
				ready := open(t, w.of.Host, w.settings)
				fresh(t, ready)
				ready.Close()
			}
			return e.DeleteData(w.to)
		},
		check: func(t *testing.T, e *Engine) string {
			if !w.exists(t, w.to) {
				enginetest.Eventually(t, time.Minute, "all of it to be gone", func() bool {
					all, err := e.Volumes(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, v := range all {
						if v.Sandbox == w.to {
							return false
						}
					}
					return true
				})
				nothingOf(t, w.of, w.to)
				return "new"
			}
			w.whole(t, e, w.to)
			return "old"
		},
		again: fresh,
	}
}
