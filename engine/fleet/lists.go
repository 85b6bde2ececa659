package fleet

import (
	"context"
	"errors"
	"slices"
	"sync"

	"berth/engine"
	"berth/engine/task"
)

// gather asks the further engines at once, each for a list, while the first is asked too. One that does not answer in time has none,
// and the first one's failure is told only where nobody has any.
func gather[T any](ctx context.Context, f *Fleet, first func(context.Context) ([]T, error), further func(context.Context, *member) ([]T, error)) ([]T, error) {
	members := slices.DeleteFunc(f.present(), func(m *member) bool { return m.leaving.Load() })
	lists := make([][]T, len(members))
	var asked sync.WaitGroup
	for i, m := range members {
		asked.Go(func() {
			inTime, cancel := context.WithTimeout(ctx, memberPatience)
			defer cancel()
			if list, err := further(inTime, m); err == nil && m.engine.Snapshot().Engine.Endpoint.Name != "" {
				lists[i] = list
			}
		})
	}
	all, err := first(ctx)
	asked.Wait()
	rest := slices.Concat(lists...)
	if len(rest) > 0 && err != nil && !errors.Is(err, context.Canceled) {
		err = nil // the others' are worth showing
	}
	return append(all, rest...), err
}

// Images lists the images of every engine. Where there are several each says on which it is, and the id of one of a further engine ends
// in "@" and that engine's name: two engines may have the same image. A further one that does not answer in time has none in the list.
func (f *Fleet) Images(ctx context.Context) ([]engine.Image, error) {
	if len(f.present()) == 0 {
		return f.Engine.Images(ctx)
	}
	return gather(ctx, f, func(ctx context.Context) ([]engine.Image, error) {
		list, err := f.Engine.Images(ctx)
		name := f.Engine.Snapshot().Engine.Endpoint.Name
		for i := range list {
			list[i].Engine = name
		}
		return list, err
	}, func(ctx context.Context, m *member) ([]engine.Image, error) {
		list, err := m.engine.Images(ctx)
		for i := range list {
			list[i].ID, list[i].Engine = m.qualified(list[i].ID), m.name
		}
		return list, err
	})
}

// Sources lists what a sandbox can be imported from on every engine.
func (f *Fleet) Sources(ctx context.Context) ([]engine.Source, error) {
	if len(f.present()) == 0 {
		return f.Engine.Sources(ctx)
	}
	return gather(ctx, f, func(ctx context.Context) ([]engine.Source, error) {
		list, err := f.Engine.Sources(ctx)
		name := f.Engine.Snapshot().Engine.Endpoint.Name
		for i := range list {
			list[i].Engine = name
		}
		return list, err
	}, func(ctx context.Context, m *member) ([]engine.Source, error) {
		list, err := m.engine.Sources(ctx)
		for i := range list {
			list[i].ID, list[i].Engine = m.qualified(list[i].ID), m.name
		}
		return list, err
	})
}

// Import makes a sandbox with a copy of what a source holds, on the source's engine.
func (f *Fleet) Import(source, to string) task.ID {
	to, _ = split(to)
	return f.command(source, func(e *engine.Engine, source string) task.ID { return e.Import(source, to) })
}

// BuildImageOn builds the pinned image on a further engine; on the first when its name is "".
func (f *Fleet) BuildImageOn(on string, fresh bool) task.ID {
	return f.command("@"+on, func(e *engine.Engine, _ string) task.ID { return e.BuildImage(fresh) })
}

// PullImageOn pulls a reference to a further engine; to the first when its name is "".
func (f *Fleet) PullImageOn(on, reference string) task.ID {
	return f.command("@"+on, func(e *engine.Engine, _ string) task.ID { return e.PullImage(reference) })
}

// NewerOn asks the registry of a reference, from a further engine or the first, whether it has a newer one than that engine.
func (f *Fleet) NewerOn(ctx context.Context, on, reference string) (bool, error) {
	return ask(f, "@"+on, func(e *engine.Engine, _ string) (bool, error) { return e.Newer(ctx, reference) })
}

// RemoveImage takes an image off the engine that it is on.
func (f *Fleet) RemoveImage(i engine.Image) task.ID {
	return f.command(i.ID, func(e *engine.Engine, id string) task.ID {
		i.ID = id
		return e.RemoveImage(i)
	})
}

// CleanImages removes every engine's leftovers, and gives the first engine's task.
func (f *Fleet) CleanImages() task.ID {
	for _, m := range f.present() {
		if !m.leaving.Load() {
			m.engine.CleanImages()
		}
	}
	return f.Engine.CleanImages()
}
