import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { rowsMoved } from '../../model/keep-place.ts';

export interface Place {
  readonly runs: readonly { readonly id: string }[];
  readonly rowPx: number;
  /** Of the list in the document. */
  readonly topPx: number;
  readonly view: string;
}

/** Rows that come in above what somebody reads push nothing away; they are counted instead. */
export function useKeepPlace({ runs, rowPx, topPx, view }: Place): {
  readonly arrived: number;
  readonly toTop: () => void;
} {
  const before = useRef({ runs, view });
  const [arrived, setArrived] = useState(0);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = { runs, view };
    if (old.view !== view) return setArrived(0);
    const first = Math.floor((window.scrollY - topPx) / rowPx);
    if (old.runs === runs || first < 0) return;
    const moved = rowsMoved(old.runs, runs, first);
    if (moved === 0) return;
    window.scrollBy(0, moved * rowPx);
    if (moved > 0) setArrived((count) => count + moved);
  }, [runs, rowPx, topPx, view]);
  useEffect(() => {
    const seen = () => {
      if (window.scrollY <= topPx) setArrived(0);
    };
    window.addEventListener('scroll', seen, { passive: true });
    return () => window.removeEventListener('scroll', seen);
  }, [topPx]);
  return { arrived, toTop: () => window.scrollTo(0, 0) };
}
