import { type ReactNode, useRef, useState } from 'react';
import { Link, useLocation, useRoute } from 'wouter';
import { signOut } from './api/session.ts';
import styles from './shell.module.css';
import { Button } from './ui/button.tsx';
import { Guard } from './ui/guard.tsx';
import { currentTheme, switchTheme } from './ui/theme.ts';
import { useArrival } from './use-arrival.ts';

const MENU = [
  ['/runs', 'Runs'],
  ['/flows', 'Flows'],
  ['/connections', 'Connections'],
  ['/fallout', 'Fallout'],
] as const;

/** What is around every page: the menu, the theme, the way out. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  return (
    <>
      <a className={styles.skip} href="#main">
        To the content
      </a>
      <header className={styles.bar}>
        <Link href="/runs" className={styles.brand} aria-label="Errand, to the runs">
          <Mark />
          <span>Errand</span>
        </Link>
        <nav aria-label="Pages" className={styles.menu}>
          {MENU.map(([path, label]) => (
            <MenuItem key={path} path={path} label={label} />
          ))}
        </nav>
        <div className={styles.end}>
          <ThemeButton />
          <Button kind="quiet" onClick={() => signOut()}>
            Sign out
          </Button>
        </div>
      </header>
      <main ref={main} id="main" tabIndex={-1} className={styles.main}>
        <Guard key={path}>{children}</Guard>
      </main>
    </>
  );
}

function MenuItem({ path, label }: { readonly path: string; readonly label: string }) {
  const [isHere] = useRoute(`${path}/*?`);
  return (
    <Link href={path} aria-current={isHere ? 'page' : undefined}>
      {label}
    </Link>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <Button
      kind="quiet"
      aria-label={`Switch to the ${other} theme`}
      title={`Switch to the ${other} theme`}
      onClick={() => setTheme(switchTheme())}
    >
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />
      </svg>
    </Button>
  );
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4a4fd8" />
      <path
        d="M9 16h10m-4-5 5 5-5 5"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="24.5" cy="16" r="1.8" fill="#fff" />
    </svg>
  );
}
