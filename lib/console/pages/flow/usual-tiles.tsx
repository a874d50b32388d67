import { formatDuration } from '../../../domain/duration.ts';
import type { Durations } from '../../api/types.ts';
import styles from './durations-card.module.css';

const TILES = [
  ['p05', 'One in twenty ends before', 'p05Ms'],
  ['p50', 'Half end within', 'p50Ms'],
  ['p95', 'Nineteen in twenty end within', 'p95Ms'],
] as const;

/** The three numbers that the drawing marks. */
export function UsualTiles({ known }: { readonly known: Durations }) {
  return (
    <dl className={styles.tiles}>
      {TILES.map(([mark, words, field]) => {
        const ms = known[field];
        return (
          ms !== undefined && (
            <div key={mark}>
              <dt>
                {words} <abbr title={`${mark.slice(1)} % of the runs were faster`}>{mark}</abbr>
              </dt>
              <dd>{formatDuration(ms)}</dd>
            </div>
          )
        );
      })}
    </dl>
  );
}
