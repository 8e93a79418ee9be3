// The plugins: what of annlab JupyterLab starts, and what each needs of JupyterLab.

import { JupyterFrontEnd, JupyterFrontEndPlugin, ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { Dialog, ICommandPalette, IToolbarWidgetRegistry, showDialog } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { IConsoleTracker } from '@jupyterlab/console';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { Token } from '@lumino/coreutils';

import { EquationCompleter } from './equations/completer';
import { equations, Options } from './equations/editor';
import { Follower, WithSession } from './follow';
import { networkIcon, paletteIcon, stopAllIcon } from './icons';
import { PalettePanel } from './palette';
import { NetworksPanel, show } from './panel';
import { renewOnSave } from './saved';
import { StatusItem } from './status';
import { Tabs } from './tabs';
import * as course from './tutorials';

const IFollower = new Token<Follower>('annlab:IFollower', 'The kernel that the user works with.');

export const CommandIDs = {
  showPanel: 'annlab:show-networks',
  showPalette: 'annlab:show-palette',
  stopAll: 'annlab:stop-all',
  toggleChecks: 'annlab:toggle-checks',
  openTutorial: 'annlab:open-tutorial'
};

const CATEGORY = 'annlab';

const follower: JupyterFrontEndPlugin<Follower> = {
  id: 'annlab:follower',
  description: 'Knows which kernel the user works with and talks to its annlab.',
  autoStart: true,
  provides: IFollower,
  optional: [INotebookTracker, IConsoleTracker, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    consoles: IConsoleTracker | null,
    shell: ILabShell | null
  ): Follower => {
    const follower = new Follower();
    const look = () => {
      const current = shell?.currentWidget ?? app.shell.currentWidget;
      for (const tracker of [notebooks, consoles]) {
        if (current && tracker?.has(current)) follower.follow(current as WithSession);
      }
      if (!follower.document) follower.follow(notebooks?.currentWidget ?? null);
    };
    for (const tracker of [notebooks, consoles]) {
      tracker?.forEach(document => follower.connect(document));
      tracker?.widgetAdded.connect((_: unknown, document: WithSession) => follower.connect(document));
    }
    shell?.currentChanged.connect(look);
    notebooks?.currentChanged.connect(look);
    consoles?.currentChanged.connect(look);
    void app.restored.then(look);
    document.addEventListener('visibilitychange', () => follower.setShown(!document.hidden));
    follower.setShown(!document.hidden);
    return follower;
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: 'annlab:panel',
  description: 'The sidebar with the networks of the kernel.',
  autoStart: true,
  requires: [IFollower, IRenderMimeRegistry, IEditorLanguageRegistry],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    follower: Follower,
    rendermime: IRenderMimeRegistry,
    languages: IEditorLanguageRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const tabs = new Tabs(app, follower, rendermime, languages);
    const panel = new NetworksPanel({
      follower,
      typesetter: rendermime.latexTypesetter,
      openView: (...view) => void tabs.openView(...view),
      openCode: (...object) => void tabs.openCode(...object)
    });
    app.shell.add(panel, 'left', { rank: 650 });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.showPanel, {
      label: 'Show Networks',
      caption: "Show annlab's networks in the sidebar",
      icon: networkIcon,
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.showPanel, category: CATEGORY });
  }
};

const modelPalette: JupyterFrontEndPlugin<void> = {
  id: 'annlab:palette',
  description: 'The sidebar with the models that annlab brings.',
  autoStart: true,
  requires: [IFollower, INotebookTracker, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    follower: Follower,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const insert = (code: string) => {
      const notebook = notebooks.currentWidget?.content;
      if (!notebook) return;
      NotebookActions.insertBelow(notebook);
      notebook.activeCell?.model.sharedModel.setSource(code);
      NotebookActions.focusActiveCell(notebook);
    };
    const typesetter = rendermime.latexTypesetter;
    const panel = new PalettePanel({ follower, typesetter, insert });
    app.shell.add(panel, 'left', { rank: 651 });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.showPalette, {
      label: 'Show Models',
      caption: 'Show the models that annlab brings in the sidebar',
      icon: paletteIcon,
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.showPalette, category: CATEGORY });
  }
};

const stopAll: JupyterFrontEndPlugin<void> = {
  id: 'annlab:stop-all',
  description: 'Stops every run: a command, a shortcut and a button in the toolbar of notebooks.',
  autoStart: true,
  requires: [IFollower],
  optional: [ICommandPalette, IToolbarWidgetRegistry],
  activate: (app: JupyterFrontEnd, follower: Follower, palette: ICommandPalette | null): void => {
    app.commands.addCommand(CommandIDs.stopAll, {
      label: 'Stop All Networks',
      caption: 'Stop every run of annlab, in all kernels',
      icon: stopAllIcon,
      isVisible: () => follower.all.length > 0,
      execute: () => Promise.all(follower.all.map(stop))
    });
    follower.changed.connect(() => app.commands.notifyCommandChanged(CommandIDs.stopAll));
    palette?.addItem({ command: CommandIDs.stopAll, category: CATEGORY });
  }
};

const statusBar: JupyterFrontEndPlugin<void> = {
  id: 'annlab:status',
  description: 'Simulated time, speed and spikes in the status bar.',
  autoStart: true,
  requires: [IFollower, IStatusBar],
  activate: (app: JupyterFrontEnd, follower: Follower, bar: IStatusBar): void => {
    const item = new StatusItem(follower, () => void app.commands.execute(CommandIDs.showPanel));
    bar.registerStatusItem('annlab:status', {
      item,
      align: 'left',
      rank: 20,
      isActive: () => item.isUseful,
      activeStateChanged: follower.changed as any
    });
  }
};

const EQUATIONS = 'annlab:equations';

const equationEditor: JupyterFrontEndPlugin<void> = {
  id: EQUATIONS,
  description: 'Colours, completes and checks the equations in cells.',
  autoStart: true,
  requires: [IFollower, IEditorExtensionRegistry],
  optional: [ICompletionProviderManager, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    follower: Follower,
    editors: IEditorExtensionRegistry,
    completers: ICompletionProviderManager | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ): void => {
    const options: Options = { highlight: true, check: true };
    editors.addExtension({
      name: EQUATIONS,
      factory: () =>
        EditorExtensionRegistry.createImmutableExtension(equations(follower, options))
    });
    completers?.registerProvider(new EquationCompleter(follower));
    const obey = (chosen: ISettingRegistry.ISettings) => {
      const read = () => {
        options.highlight = chosen.get('highlight').composite !== false;
        options.check = chosen.get('check').composite !== false;
        follower.relearn();
        app.commands.notifyCommandChanged(CommandIDs.toggleChecks);
      };
      app.commands.addCommand(CommandIDs.toggleChecks, {
        label: 'Check Equations While Typing',
        isToggled: () => options.check,
        execute: () => chosen.set('check', !options.check)
      });
      palette?.addItem({ command: CommandIDs.toggleChecks, category: CATEGORY });
      chosen.changed.connect(read);
      read();
    };
    settings?.load(EQUATIONS).then(obey, error => console.warn('annlab: no settings', error));
  }
};

const tutorials: JupyterFrontEndPlugin<void> = {
  id: 'annlab:tutorials',
  description: 'A tile of the launcher for each tutorial.',
  autoStart: true,
  optional: [ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    launcher: ILauncher | null,
    palette: ICommandPalette | null
  ): void => {
    let found: course.Tutorial[] = [];
    const of = (args: any) => found.find(t => t.file === args.file);
    app.commands.addCommand(CommandIDs.openTutorial, {
      label: args => (args.isPalette ? `Tutorial: ${of(args)?.title}` : of(args)?.title ?? 'Tutorial'),
      caption: args => of(args)?.summary ?? '',
      icon: networkIcon,
      execute: args =>
        course
          .open(app, String(args.file), String(args.cwd ?? ''))
          .catch(show)
    });
    const offer = (tutorials: course.Tutorial[]) => {
      found = tutorials;
      found.forEach(({ file }, rank) => {
        const command = CommandIDs.openTutorial;
        launcher?.add({ command, category: 'annlab', rank, args: { file } });
        palette?.addItem({ command, category: CATEGORY, args: { file, isPalette: true } });
      });
    };
    // JupyterLab does not wait for them.
    course.tutorials().then(offer, error => console.warn('annlab: no tutorials', error));
  }
};

const savedDashboards: JupyterFrontEndPlugin<void> = {
  id: 'annlab:saved',
  description: 'Puts pictures and code of dashboards into the notebook when it is saved.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker): void => {
    notebooks.forEach(renewOnSave);
    notebooks.widgetAdded.connect((_, panel) => renewOnSave(panel));
  }
};

// A busy kernel without subshells hears nothing: then only an interrupt reaches the run.
async function stop(link: Follower['all'][number]): Promise<void> {
  const answer = link.ask('stop_all', {});
  const patience = new Promise<'late'>(resolve => window.setTimeout(() => resolve('late'), 2000));
  try {
    if ((await Promise.race([answer, patience])) !== 'late') return;
    const dialog = await showDialog({
      title: 'Interrupt the cell?',
      body: 'A cell keeps the kernel busy, so it does not hear. Interrupting the cell lets the networks stop.',
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Interrupt' })]
    });
    if (dialog.button.accept) await link.kernel.interrupt();
    await answer;
  } catch (error) {
    show(error);
  }
}

export default [follower, panel, modelPalette, stopAll, statusBar, equationEditor, tutorials, savedDashboards];
